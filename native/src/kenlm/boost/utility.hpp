// KenLM includes this for boost::noncopyable only.

#ifndef MYNA_KENLM_BOOST_UTILITY_HPP_
#define MYNA_KENLM_BOOST_UTILITY_HPP_

#include "boost/noncopyable.hpp"

#endif  // MYNA_KENLM_BOOST_UTILITY_HPP_
