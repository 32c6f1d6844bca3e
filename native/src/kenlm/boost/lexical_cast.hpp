// Stand-in for boost::lexical_cast, from numbers to std::string only: KenLM numbers its files.

#ifndef MYNA_KENLM_BOOST_LEXICAL_CAST_HPP_
#define MYNA_KENLM_BOOST_LEXICAL_CAST_HPP_

#include <string>
#include <type_traits>

namespace boost {

template <class Target, class Number>
Target lexical_cast(Number number) {
  static_assert(std::is_same<Target, std::string>::value, "only casts to std::string are offered");
  return std::to_string(number);
}

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_LEXICAL_CAST_HPP_
