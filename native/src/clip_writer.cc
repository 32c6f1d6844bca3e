#include "clip_writer.h"

#include <utility>

#include "flac_writer.h"
#include "wav_writer.h"

namespace myna {

std::unique_ptr<ClipWriter> OpenClipWriter(AudioFormat format, const SndfileLibrary& library,
                                           std::string temporary, std::string target,
                                           int sample_rate) {
  if (format == AudioFormat::kFlac)
    return std::make_unique<FlacWriter>(library, std::move(temporary), std::move(target),
                                        sample_rate);
  return std::make_unique<WavWriter>(std::move(temporary), std::move(target), sample_rate);
}

}  // namespace myna
