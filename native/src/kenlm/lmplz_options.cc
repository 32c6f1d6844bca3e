#include "kenlm/lmplz_options.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <iomanip>
#include <limits>
#include <ostream>
#include <sstream>

#include "util/file.hh"
#include "util/usage.hh"

namespace myna {
namespace {

using Values = std::vector<std::string>;

struct Flag {
  std::string name;
  char letter;                    // '\0': none
  std::size_t at_least, at_most;  // how many values it takes
  std::string placeholder;        // of the values, in the help
  std::string help;
  std::function<void(const Values&)> take;
};

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

// Reads a whole word as a number in [low, high].
template <class Number>
Number ParseNumber(const std::string& word, Number low, Number high) {
  std::istringstream in(word);
  Number number{};
  const bool negative = !word.empty() && word[0] == '-';  // a stream would wrap it around
  if (negative || !(in >> number) || !in.eof() || number < low || number > high) {
    std::ostringstream text;
    text << "'" << word << "' is not a number from " << low << " to " << high;
    throw UsageError(text.str());
  }
  return number;
}

template <class Number>
Number ParseNumber(const std::string& word) {
  return ParseNumber<Number>(word, 0, std::numeric_limits<Number>::max());
}

// Thresholds for the orders 1, 2, ...: they must not decrease, because a pruned n-gram may not have
// a longer one that is kept. ResolvePruning() fills up the rest.
std::vector<uint64_t> ParsePruning(const Values& values) {
  std::vector<uint64_t> thresholds;
  for (const std::string& value : values) {
    thresholds.push_back(ParseNumber<uint64_t>(value));
    const std::size_t last = thresholds.size() - 1;
    if (last > 0 && thresholds[last] < thresholds[last - 1]) {
      throw UsageError(
          "the thresholds may not decrease: a shorter n-gram must outlive a longer one");
    }
  }
  return thresholds;
}

void ResolvePruning(lm::builder::PipelineConfig& pipeline) {
  std::vector<uint64_t>& thresholds = pipeline.prune_thresholds;
  if (thresholds.size() > pipeline.order) {
    throw UsageError("--prune has " + std::to_string(thresholds.size()) +
                     " thresholds, but the order of the model is " +
                     std::to_string(pipeline.order));
  }
  thresholds.resize(pipeline.order, thresholds.empty() ? 0 : thresholds.back());
}

// A discount for n-grams seen n times lies in [0, n]; the last one given serves the rest.
lm::builder::Discount ParseDiscounts(const Values& given) {
  const Values values = given.empty() ? Values{"0.5", "1", "1.5"} : given;
  lm::builder::Discount discount{};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string& word = values[std::min(i, values.size() - 1)];
    discount.amount[i + 1] = ParseNumber<float>(word, 0, static_cast<float>(i + 1));
  }
  return discount;
}

bool ParseSwitch(const Values& values) {
  return values.empty() || ParseNumber<unsigned>(values[0], 0, 1) == 1;
}

std::vector<Flag> Flags(LmplzOptions& options) {
  lm::builder::PipelineConfig& p = options.pipeline;
  const auto text = [](std::string& to) { return [&to](const Values& v) { to = v[0]; }; };
  const auto set = [](bool& to) { return [&to](const Values&) { to = true; }; };
  const auto size = [](std::size_t& to) {
    return [&to](const Values& v) { to = util::ParseSize(v[0]); };
  };
  // clang-format off
  return {
      {"help", 'h', 0, 0, "", "Show this text", set(options.help)},
      {"order", 'o', 1, 1, "N", "Order of the model: the longest n-gram (required)",
       [&p](const Values& v) { p.order = ParseNumber<std::size_t>(v[0], 1, KENLM_MAX_ORDER); }},
      {"text", 0, 1, 1, "FILE", "Read the text from a file, not from stdin", text(options.text)},
      {"arpa", 0, 1, 1, "FILE", "Write the ARPA to a file, not to stdout", text(options.arpa)},
      {"memory", 'S', 1, 1, "SIZE", "Memory for sorting, e.g. 2G or 50% [80%; 1G where unknown]",
       [&options, &p](const Values& v) {
         options.memory = v[0];
         p.sort.total_memory = util::ParseSize(v[0]);
       }},
      {"temp_prefix", 'T', 1, 1, "PREFIX", "Where temporary files go [the system's folder]",
       text(p.sort.temp_prefix)},
      {"prune", 0, 1, kAnyNumber, "COUNT...",
       "Drop n-grams seen at most this often, for orders 1, 2, ...; the last one is for the rest [0]",
       [&p](const Values& v) { p.prune_thresholds = ParsePruning(v); }},
      {"limit_vocab_file", 0, 1, 1, "FILE", "Drop n-grams with words that are not in this file",
       [&p](const Values& v) { p.prune_vocab_file = v[0]; p.prune_vocab = true; }},
      {"discount_fallback", 0, 0, 3, "D...",
       "Use these discounts (0.5 1 1.5 if none is given) where the text is too small to estimate them",
       [&p](const Values& v) {
         p.discount.fallback = ParseDiscounts(v);
         p.discount.bad_action = lm::COMPLAIN;
       }},
      {"skip_symbols", 0, 0, 0, "", "Treat <s>, </s> and <unk> in the text as spaces, not as errors",
       [&p](const Values&) { p.disallowed_symbol_action = lm::COMPLAIN; }},
      {"interpolate_unigrams", 0, 0, 1, "0|1", "Interpolate unigrams; 0 gives <unk> a large mass [1]",
       [&p](const Values& v) { p.initial_probs.interpolate_unigrams = ParseSwitch(v); }},
      {"vocab_estimate", 0, 1, 1, "N", "Expected number of different words [1000000]",
       [&p](const Values& v) { p.vocab_estimate = ParseNumber<lm::WordIndex>(v[0]); }},
      {"vocab_pad", 0, 1, 1, "N", "Count <unk> so often that the vocabulary has this size [0]",
       [&p](const Values& v) { p.vocab_size_for_unk = ParseNumber<uint64_t>(v[0]); }},
      {"minimum_block", 0, 1, 1, "SIZE", "Smallest block of n-grams [8K]", size(p.minimum_block)},
      {"sort_block", 0, 1, 1, "SIZE", "Size of the reads and writes of sorting [64M]",
       size(p.sort.buffer_size)},
      {"block_count", 0, 1, 1, "N", "Blocks per order [2]",
       [&p](const Values& v) { p.block_count = ParseNumber<std::size_t>(v[0], 1, 1 << 20); }},
      {"verbose_header", 0, 0, 0, "", "Begin the ARPA with comments on its origin",
       set(options.verbose_header)},
      {"intermediate", 0, 1, 1, "PREFIX", "Write KenLM's intermediate files; no ARPA unless --arpa",
       [&options, &p](const Values& v) { options.intermediate = v[0]; p.renumber_vocabulary = true; }},
      {"renumber", 0, 0, 0, "", "Number the words in the order of their hashes, as a trie does",
       set(p.renumber_vocabulary)},
      {"collapse_values", 0, 0, 0, "", "Merge probability and backoff into one value",
       set(p.output_q)},
  };
  // clang-format on
}

LmplzOptions Defaults() {
  LmplzOptions options;
  options.memory = util::GuessPhysicalMemory() ? "80%" : "1G";
  lm::builder::PipelineConfig& p = options.pipeline;
  p.order = 0;
  p.sort.temp_prefix = util::DefaultTempDirectory();
  p.sort.buffer_size = 64 << 20;
  p.sort.total_memory = util::ParseSize(options.memory);
  p.minimum_block = 8 << 10;
  p.block_count = 2;
  p.vocab_estimate = 1000000;
  p.vocab_size_for_unk = 0;
  p.prune_vocab = false;
  p.renumber_vocabulary = false;
  p.output_q = false;
  p.disallowed_symbol_action = lm::THROW_UP;
  p.discount.fallback = lm::builder::Discount{};
  p.discount.bad_action = lm::THROW_UP;
  p.initial_probs.interpolate_unigrams = true;
  // Small, so that the adders do not run far ahead of each other: KenLM's own values.
  p.initial_probs.adder_in.total_memory = 32768;
  p.initial_probs.adder_in.block_count = 2;
  p.initial_probs.adder_out = p.initial_probs.adder_in;
  p.read_backoffs = p.initial_probs.adder_out;
  return options;
}

// True for what can only be a flag: "-5" and "-" are values.
bool LooksLikeFlag(const std::string& word) {
  return word.size() > 1 && word[0] == '-' &&
         (word[1] == '-' || std::isalpha(static_cast<unsigned char>(word[1])));
}

// Splits "--name=value" and "-ovalue"; `value` stays empty where the word has none.
const Flag& FindFlag(const std::vector<Flag>& flags, const std::string& word, Values& values) {
  if (!LooksLikeFlag(word)) {
    throw UsageError("'" + word + "' is not a flag; the text comes by stdin");
  }
  const bool is_long = word[1] == '-';
  const std::size_t end = is_long ? word.find('=') : 2;
  for (const Flag& flag : flags) {
    const bool found = is_long ? word.substr(2, end - 2) == flag.name : word[1] == flag.letter;
    if (!found) continue;
    if (end < word.size()) values.push_back(word.substr(is_long ? end + 1 : end));
    return flag;
  }
  throw UsageError("there is no flag " + word + "; lmplz --help lists them");
}

void CheckWhole(LmplzOptions& options) {
  if (options.pipeline.order == 0) throw UsageError("the order of the model is missing: -o N");
  if (options.pipeline.vocab_size_for_unk && !options.pipeline.initial_probs.interpolate_unigrams) {
    throw UsageError("--vocab_pad needs interpolated unigrams: leave out --interpolate_unigrams 0");
  }
  ResolvePruning(options.pipeline);
  util::NormalizeTempPrefix(options.pipeline.sort.temp_prefix);
}

}  // namespace

LmplzOptions ParseLmplzOptions(const std::vector<std::string>& arguments) {
  LmplzOptions options = Defaults();
  const std::vector<Flag> flags = Flags(options);
  for (std::size_t i = 0; i < arguments.size();) {
    Values values;
    const Flag& flag = FindFlag(flags, arguments[i++], values);
    while (i < arguments.size() && values.size() < flag.at_most && !LooksLikeFlag(arguments[i])) {
      values.push_back(arguments[i++]);
    }
    if (values.size() < flag.at_least || values.size() > flag.at_most) {
      throw UsageError("--" + flag.name +
                       (flag.at_most == 0 ? " takes no value" : " needs a value"));
    }
    try {
      flag.take(values);
    } catch (const std::exception& error) {
      throw UsageError("--" + flag.name + ": " + error.what());
    }
  }
  if (!options.help) CheckWhole(options);
  return options;
}

void PrintLmplzHelp(std::ostream& out) {
  out << "Estimates an n-gram language model with modified Kneser-Ney smoothing (KenLM's lmplz).\n"
         "Text comes by stdin, a sentence a line, words separated by spaces; the ARPA goes to\n"
         "stdout. Example: lmplz -o 3 -S 2G <text >model.arpa\n\n"
         "Sizes are a number and a unit: b, K (the default), M, G, T, or % of physical memory.\n\n";
  LmplzOptions unused;
  for (const Flag& flag : Flags(unused)) {
    const std::string letter = flag.letter ? std::string("-") + flag.letter + ", " : "    ";
    const std::string left = letter + "--" + flag.name + " " + flag.placeholder;
    out << "  " << std::left << std::setw(36) << left << flag.help << '\n';
  }
  out << "\nThe method: Heafield, Pouzyrevsky, Clark, Koehn: Scalable Modified Kneser-Ney\n"
         "Language Model Estimation, ACL 2013.\n";
}

}  // namespace myna
