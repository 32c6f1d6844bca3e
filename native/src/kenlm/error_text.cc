// KenLM's exceptions begin with the file, line and function that raised them, on a line of their
// own. Users of Myna need the rest: what failed, why, and which flag helps. This definition takes
// the place of KenLM's own (tools/native_build.py compiles util/exception.cc with the name
// changed).

#include "util/exception.hh"

namespace util {

void Exception::SetLocation(const char* /*file*/, unsigned int /*line*/, const char* /*func*/,
                            const char* /*child_name*/, const char* /*condition*/) {}

}  // namespace util
