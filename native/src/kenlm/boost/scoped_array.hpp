// Stand-in for boost::scoped_array: an owned array with get() and operator[].

#ifndef MYNA_KENLM_BOOST_SCOPED_ARRAY_HPP_
#define MYNA_KENLM_BOOST_SCOPED_ARRAY_HPP_

#include <memory>

namespace boost {

template <class T>
using scoped_array = std::unique_ptr<T[]>;

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_SCOPED_ARRAY_HPP_
