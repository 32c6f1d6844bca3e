// Stand-in for boost::noncopyable, as KenLM uses it: a private base without copies.

#ifndef MYNA_KENLM_BOOST_NONCOPYABLE_HPP_
#define MYNA_KENLM_BOOST_NONCOPYABLE_HPP_

namespace boost {

class noncopyable {
 protected:
  noncopyable() = default;
  ~noncopyable() = default;
  noncopyable(const noncopyable&) = delete;
  noncopyable& operator=(const noncopyable&) = delete;
};

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_NONCOPYABLE_HPP_
