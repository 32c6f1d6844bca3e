// Normalization Form C (Unicode Standard Annex #15).

#ifndef MYNA_NATIVE_NFC_H_
#define MYNA_NATIVE_NFC_H_

#include <string>
#include <string_view>

namespace myna {

// The quick check of UAX #15 section 9: true only when `text` is in NFC; false means "perhaps not".
bool IsCertainlyNfc(std::u32string_view text);

// Brings `text` into NFC.
void NormaliseNfc(std::u32string* text);

}  // namespace myna

#endif  // MYNA_NATIVE_NFC_H_
