// Stand-in for boost::mutex and boost::unique_lock: the standard library has had both since C++11.

#ifndef MYNA_KENLM_BOOST_THREAD_MUTEX_HPP_
#define MYNA_KENLM_BOOST_THREAD_MUTEX_HPP_

#include <mutex>

namespace boost {

using std::mutex;
using std::unique_lock;

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_THREAD_MUTEX_HPP_
