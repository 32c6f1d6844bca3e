// lmplz: text in, ARPA language model out. KenLM's pipeline behind a main without Boost.

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "kenlm/lmplz_options.h"
#include "lm/builder/output.hh"
#include "lm/builder/pipeline.hh"
#include "util/file.hh"
#include "util/scoped.hh"
#include "util/usage.hh"

namespace {

// KenLM's worker threads say what failed and then call abort(). To the user that is a failure like
// any other, not a crash that leaves a core dump.
void ExitWithFailure(int /*signal*/) { _exit(EXIT_FAILURE); }

// The last word of an exception that nobody caught, such as a full disk met in a destructor.
void SayAndExit() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::exception& error) {
    std::cerr << "lmplz: " << error.what() << std::endl;
  } catch (...) {
    std::cerr << "lmplz: unknown failure" << std::endl;
  }
  _exit(EXIT_FAILURE);
}

void Estimate(myna::LmplzOptions& options) {
  util::scoped_fd in(STDIN_FILENO), out(STDOUT_FILENO);
  if (!options.text.empty()) in.reset(util::OpenReadOrThrow(options.text.c_str()));
  if (!options.arpa.empty()) out.reset(util::CreateOrThrow(options.arpa.c_str()));
  const bool keep = !options.intermediate.empty();
  lm::builder::PipelineConfig& pipeline = options.pipeline;
  lm::builder::Output output(keep ? options.intermediate : pipeline.sort.temp_prefix, keep,
                             pipeline.output_q);
  if (!keep || !options.arpa.empty()) {
    output.Add(new lm::builder::PrintHook(out.release(), options.verbose_header));
  }
  lm::builder::Pipeline(pipeline, in.release(), output);
}

}  // namespace

int main(int argc, char* argv[]) {
  std::signal(SIGABRT, ExitWithFailure);
  std::set_terminate(SayAndExit);
  std::string memory;
  try {
    myna::LmplzOptions options =
        myna::ParseLmplzOptions(std::vector<std::string>(argv + 1, argv + argc));
    if (options.help) {
      myna::PrintLmplzHelp(std::cout);
      return EXIT_SUCCESS;
    }
    memory = options.memory;
    Estimate(options);
  } catch (const util::MallocException& error) {
    std::cerr << "lmplz: " << error.what() << ". Try a smaller -S than " << memory << std::endl;
    return EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "lmplz: " << error.what() << std::endl;
    return EXIT_FAILURE;
  }
  util::PrintUsage(std::cerr);
  return EXIT_SUCCESS;
}
