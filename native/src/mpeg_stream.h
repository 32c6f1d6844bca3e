// MP3 files whose length nobody wrote down.
//
// Without a Xing or Info tag libsndfile takes the first frame's bit rate for that of the whole file
// and stops at the length it guesses so: a clip of variable bit rate made through a pipe can lose
// most of its speech.

#ifndef MYNA_MPEG_STREAM_H_
#define MYNA_MPEG_STREAM_H_

#include <cstdint>
#include <memory>

#include "byte_source.h"

namespace myna {

// Where the first MPEG frame would lie: behind an ID3v2 tag, or at 0.
int64_t MpegStart(ByteSource& source);

// The samples of each channel that the Xing or Info tag promises, less the encoder's delay and
// padding when the LAME extension gives them; -1 when there is no such tag
// (http://gabriel.mp3-tech.org/mp3infotag.html).
int64_t MpegAnnouncedFrames(ByteSource& source);

// The source itself; or, for an MPEG layer III file without a tag, the same bytes in a file that
// seems much longer, so that the guess is too long and decoding ends where the bytes do.
std::unique_ptr<ByteSource> WithMpegRoom(std::unique_ptr<ByteSource> source);

}  // namespace myna

#endif  // MYNA_MPEG_STREAM_H_
