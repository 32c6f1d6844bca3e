// What the first bytes of an encoded file say: whether it is a web page posing as audio, and how
// many samples it announces, which is more than the decoder delivers when the file was cut short.

#ifndef MYNA_AUDIO_HEAD_H_
#define MYNA_AUDIO_HEAD_H_

#include <cstdint>

#include "byte_source.h"

namespace myna {

// True for HTML, XML and the like: white space or a byte order mark, then '<'. Servers answer so
// for a clip that is gone, and some decoders turn it into noise.
bool LooksLikeMarkup(ByteSource& source);

// Samples of each channel that the header promises, -1 when it promises none. Knows MP3 with a
// Xing or Info tag, and RIFF WAVE with linear or mu/A-law samples; libsndfile itself reports the
// length of what is there for these, and the promised one for the others.
int64_t AnnouncedFrames(ByteSource& source);

}  // namespace myna

#endif  // MYNA_AUDIO_HEAD_H_
