#include "hot_phrases.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <utility>

#include "decoder.h"
#include "printable.h"
#include "utf8.h"

namespace myna {
namespace {

// Symbols below stand for texts of the lexicon and labels: see BeamSearch::kSpelt.
constexpr uint32_t kFirstSpelt = 0x80000000;

uint64_t ModelOf(const Decoder& decoder) {
  return decoder.language_model() == nullptr ? 0 : decoder.language_model()->Fingerprint();
}

std::vector<std::string> SplitAtSpaces(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c != ' ')
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string WithSingleSpaces(const std::string& text) {
  std::string joined;
  for (const std::string& word : SplitAtSpaces(text)) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::string Shown(double boost) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", boost);
  return text;
}

[[noreturn]] void Refuse(const std::string& phrase, const std::string& reason) {
  throw std::invalid_argument("the hot phrase " + Quoted(phrase) + " " + reason);
}

}  // namespace

HotPhrases::HotPhrases(const Decoder& decoder, const std::vector<HotPhrase>& phrases,
                       const std::vector<HotSpelling>& spellings)
    : labels_(decoder.shared_labels()),
      lexicon_(decoder.shared_lexicon()),
      model_(ModelOf(decoder)),
      weight_(decoder.model_weight()),
      first_word_(kFirstSpelt + labels_->size()) {
  std::vector<Phrase> read;
  std::set<std::vector<uint32_t>> known;
  for (const HotPhrase& phrase : phrases) {
    if (!(std::abs(phrase.boost) <= kMostBoost))
      Refuse(phrase.text, "has the boost " + Shown(phrase.boost) +
                              "; it must be a number from -100 to 100");
    read.push_back({SymbolsOf(phrase.text, spellings), phrase.boost});
    if (!known.insert(read.back().symbols).second) Refuse(phrase.text, "is there twice");
  }
  CheckSpellings(spellings);
  std::optional<uint32_t> boundary;
  if (lexicon_ == nullptr)
    boundary = labels_->space();
  else if (lexicon_->joint().empty())
    boundary = lexicon_->FindText(" ");
  automaton_ = std::make_unique<const PhraseAutomaton>(read, boundary);
  if (lexicon_ == nullptr) return;
  if (!spelled_.empty()) overlay_ = std::make_unique<const OverlayLexicon>(*lexicon_, spelled_);
  MakeLookAhead(decoder);
}

void HotPhrases::Check(const Decoder& decoder) const {
  if (decoder.lexicon() == lexicon_.get() && decoder.labels() == *labels_ &&
      decoder.model_weight() == weight_ && ModelOf(decoder) == model_)
    return;
  throw std::invalid_argument(
      "the hot phrases were made for a decoder with another lexicon, language model or alpha");
}

std::vector<uint32_t> HotPhrases::SymbolsOf(const std::string& phrase,
                                            const std::vector<HotSpelling>& spellings) {
  std::vector<uint32_t> symbols;
  if (lexicon_ == nullptr) {
    const auto spelled = labels_->Spell(WithSingleSpaces(phrase));
    if (!spelled)
      Refuse(phrase, "cannot be spelled with the labels: " + labels_->WhyUnspelled(phrase));
    symbols = *spelled;
  } else {
    for (const std::string& unit : UnitsOf(phrase)) {
      try {
        symbols.push_back(Symbol(unit, spellings));
      } catch (const std::invalid_argument& error) {
        Refuse(phrase, error.what());
      }
    }
  }
  if (symbols.empty()) Refuse(phrase, "is empty");
  return symbols;
}

std::vector<std::string> HotPhrases::UnitsOf(const std::string& phrase) const {
  std::vector<std::string> units;
  if (lexicon_->joint().empty()) {
    for (const char32_t point : DecodeUtf8(WithSingleSpaces(phrase)))
      units.push_back(EncodeUtf8({&point, 1}));
    return units;
  }
  units = SplitAtSpaces(phrase);
  if (units.size() > 1 && !lexicon_->separator() && !lexicon_->is_unseparated())
    Refuse(phrase, "has several words; in this lexicon a text is one word");
  return units;
}

uint32_t HotPhrases::Symbol(const std::string& unit, const std::vector<HotSpelling>& spellings) {
  if (const auto text = lexicon_->FindText(unit)) return *text;
  const auto number = static_cast<uint32_t>(words_.size());
  const auto [word, is_new] = word_numbers_.emplace(unit, number);
  if (is_new) {
    words_.push_back(unit);
    SpellOutside(unit, spellings);
  }
  return first_word_ + word->second;
}

void HotPhrases::SpellOutside(const std::string& word, const std::vector<HotSpelling>& spellings) {
  const uint32_t number = word_numbers_.at(word);
  const std::size_t before = spelled_.size();
  for (const HotSpelling& given : spellings)
    if (given.text == word) spelled_.push_back({given.text, given.labels, number});
  if (spelled_.size() > before) return;
  const auto own = OwnSpelling(word);
  if (!own)
    throw std::invalid_argument("has " + Quoted(word) +
                                ", which the lexicon has not and the labels cannot spell: " +
                                (labels_->Spell(word) ? "the separator is in it"
                                                      : labels_->WhyUnspelled(word)));
  spelled_.push_back({word, *own, number});
}

// As the words of such a lexicon are usually spelled.
std::optional<std::vector<uint32_t>> HotPhrases::OwnSpelling(const std::string& word) const {
  std::optional<std::vector<uint32_t>> spelling;
  if (lexicon_->is_unseparated() && !lexicon_->joint().empty())
    spelling = labels_->SpellInPieces(word);
  else
    spelling = labels_->Spell(word);
  if (!spelling) return std::nullopt;
  for (const uint32_t label : *spelling)
    if (label == lexicon_->separator()) return std::nullopt;
  return spelling;
}

void HotPhrases::CheckSpellings(const std::vector<HotSpelling>& spellings) const {
  for (const HotSpelling& given : spellings) {
    const std::string what = "the spelling of " + Quoted(given.text);
    if (word_numbers_.count(given.text) == 0)
      throw std::invalid_argument(what + " is for no word of the hot phrases that the lexicon lacks");
    if (given.labels.empty()) throw std::invalid_argument(what + " is empty");
    for (const uint32_t label : given.labels)
      if (label >= labels_->size() || label == lexicon_->separator())
        throw std::invalid_argument(what + " has the separator, or what is no label, in it");
  }
}

void HotPhrases::MakeLookAhead(const Decoder& decoder) {
  const LanguageModel* const model = decoder.language_model();
  const double unknown = model == nullptr ? 0 : model->Unigram(model->UnknownWord());
  struct Spelled {
    std::vector<uint32_t> places;
    double unigram;
  };
  std::unordered_map<uint32_t, std::vector<Spelled>> spellings;  // by symbol
  automaton_->ForEachMove([&](uint32_t, uint32_t symbol, double) { spellings[symbol]; });
  const OverlayLexicon none(*lexicon_, {});
  const OverlayLexicon& overlay = overlay_ == nullptr ? none : *overlay_;
  const auto add = [&](uint32_t symbol, const std::vector<uint32_t>& spelling, double unigram) {
    Spelled spelled{{}, unigram};
    overlay.ForEachNode(spelling, [&](uint32_t place) { spelled.places.push_back(place); });
    spellings[symbol].push_back(std::move(spelled));
  };
  lexicon_->ForEachWord([&](uint32_t word, const std::vector<uint32_t>& spelling) {
    if (spellings.count(lexicon_->text_id(word)) == 0) return;
    add(lexicon_->text_id(word), spelling,
        model == nullptr ? 0 : model->Unigram(lexicon_->model_word(word)));
  });
  for (const OverlayLexicon::Word& word : spelled_)
    add(first_word_ + word.number, word.spelling, unknown);

  is_hot_.assign((lexicon_->nodes() + overlay.nodes()) / 64 + 1, 0);
  automaton_->ForEachMove([&](uint32_t state, uint32_t symbol, double gain) {
    if (gain <= 0) return;
    for (const Spelled& spelled : spellings[symbol]) {
      for (std::size_t k = 0; k < spelled.places.size(); ++k) {
        const uint32_t place = spelled.places[k];
        double bonus =
            gain * static_cast<double>(k + 1) / static_cast<double>(spelled.places.size());
        if (weight_ != 0)
          bonus += weight_ * (spelled.unigram - (place < lexicon_->nodes()
                                                     ? lexicon_->look_ahead(place)
                                                     : unknown));
        if (bonus <= 0) continue;
        is_hot_[place >> 6] |= uint64_t{1} << (place & 63);
        const auto [at, is_new] = bonus_places_.Insert(
            uint64_t{state} << 32 | place, static_cast<uint32_t>(bonuses_.size()));
        if (is_new) bonuses_.push_back(0);
        bonuses_[at] = std::max(bonuses_[at], bonus);
      }
    }
  });
}

double HotPhrases::Bonus(uint32_t state, uint32_t node) const {
  double best = 0, failed = 0;
  for (;;) {
    if (const auto at = bonus_places_.Find(uint64_t{state} << 32 | node))
      best = std::max(best, failed + bonuses_[*at]);
    if (state == PhraseAutomaton::kRoot) return best;
    failed += automaton_->FailureGain(state);
    state = automaton_->failure(state);
  }
}

}  // namespace myna
