// Stand-in for boost::thread and boost::ref.
//
// boost::thread keeps copies of its arguments and hands them to the function as lvalues, references
// made by ref() as what they refer to. KenLM relies on both (its functions take `Worker &`), and
// std::thread does neither.

#ifndef MYNA_KENLM_BOOST_THREAD_THREAD_HPP_
#define MYNA_KENLM_BOOST_THREAD_THREAD_HPP_

#include <functional>
#include <thread>
#include <tuple>
#include <utility>

namespace boost {

using std::ref;
using std::reference_wrapper;

class thread {
 public:
  template <class Function, class... Arguments>
  explicit thread(Function function, const Arguments&... arguments)
      // make_tuple turns a reference_wrapper<T> into T&.
      : thread_([function, kept = std::make_tuple(arguments...)]() mutable {
          std::apply(function, kept);
        }) {}

  void join() { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_THREAD_THREAD_HPP_
