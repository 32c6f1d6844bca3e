#include "audio_decoder.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "audio_head.h"
#include "mpeg_stream.h"

namespace myna {
namespace {

constexpr int64_t kBlockSamples = 16384;  // of all channels together
constexpr int64_t kFarthest = INT64_MAX / 2;  // offset: far behind the end of any file

// A frame of MPEG layer III may begin up to 511 bytes back, in as many as 22 of the shortest frames
// before it, and is silent for a decoder that has not read those.
constexpr int64_t kMpegReservoir = 24 * 1152;

// libsndfile also knows containers that hold no speech and are recognised by so little that text
// or noise passes for them (raw, Matlab, sampler dumps, HTK). These are the ones we take, by
// SF_FORMAT_* number.
bool IsAudioContainer(int format) {
  switch ((format & kSndfileTypeMask) >> 16) {
    case 0x01:  // WAV
    case 0x02:  // AIFF
    case 0x03:  // AU
    case 0x07:  // NIST SPHERE
    case 0x08:  // VOC
    case 0x0B:  // W64
    case 0x13:  // WAVEX
    case 0x17:  // FLAC
    case 0x18:  // CAF
    case 0x20:  // OGG
    case 0x22:  // RF64
    case 0x23:  // MPEG
      return true;
    default:
      return false;
  }
}

// A failed sf_open_virtual leaves its error in one variable of the whole process. Opens run side
// by side; one that failed is repeated alone, so that the message read is its own.
std::shared_mutex open_mutex;

bool HasNonNumber(const float* samples, int64_t count) {
  uint32_t found = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, samples + i, sizeof bits);
    found |= static_cast<uint32_t>((bits & 0x7F800000u) == 0x7F800000u);
  }
  return found != 0;
}

std::string OneLine(const char* text) {
  std::string line(text == nullptr ? "" : text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// libsndfile's words for an MP3 without one whole frame speak of a missing file.
std::string OpenMessage(const char* text) {
  const std::string line = OneLine(text);
  return line.find("File does not exist") == 0 ? "the decoder finds no audio in the file" : line;
}

}  // namespace

SndfileVirtualIo AudioDecoder::Callbacks() {
  SndfileVirtualIo io;
  io.get_filelen = [](void* user) { return static_cast<Reader*>(user)->source->size(); };
  io.seek = [](int64_t offset, int whence, void* user) {
    auto* reader = static_cast<Reader*>(user);
    const int64_t from = whence == SEEK_CUR   ? reader->position
                         : whence == SEEK_END ? reader->source->size()
                                              : 0;
    // A chunk's length out of a damaged file may lead beyond what 64 bits can count.
    int64_t place = 0;
    if (__builtin_add_overflow(from, offset, &place)) place = offset < 0 ? 0 : kFarthest;
    return reader->position = std::clamp<int64_t>(place, 0, kFarthest);
  };
  io.read = [](void* target, int64_t count, void* user) {
    auto* reader = static_cast<Reader*>(user);
    const int64_t got = reader->source->ReadAt(reader->position, target, count);
    reader->position += got;
    if (got < count) reader->ran_out = true;
    return got;
  };
  io.write = [](const void*, int64_t, void*) { return int64_t{0}; };
  io.tell = [](void* user) { return static_cast<Reader*>(user)->position; };
  return io;
}

AudioDecoder::AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source,
                           int channel)
    : library_(library), channel_(channel) {
  reader_.source = std::move(source);
  if (reader_.source->size() == 0) throw AudioProblem("empty_file", "the file has 0 bytes");
  if (LooksLikeMarkup(*reader_.source))
    throw AudioProblem("not_audio", "a web page or XML, not audio");
  announced_ = AnnouncedFrames(*reader_.source);
  reader_.source = WithMpegRoom(std::move(reader_.source));
  Open();
  reader_.ran_out = false;
  if (channel_ >= info_.channels) {
    const std::string held = std::to_string(info_.channels);
    library_.close(handle_);
    throw AudioProblem("decode_error", "channel " + std::to_string(channel_) + " of a file with " +
                                           held + " (counted from 0)");
  }
  // For MP3 libsndfile's own figure is a guess unless there is a tag.
  if (announced_ < 0 && !IsMpeg() && info_.frames < INT64_MAX) announced_ = info_.frames;
}

AudioDecoder::~AudioDecoder() { library_.close(handle_); }

bool AudioDecoder::IsMpeg() const { return (info_.format & kSndfileTypeMask) >> 16 == 0x23; }

void AudioDecoder::Open() {
  SndfileVirtualIo io = Callbacks();
  {
    const std::shared_lock<std::shared_mutex> together(open_mutex);
    handle_ = library_.open_virtual(&io, kSndfileRead, &info_, &reader_);
  }
  if (handle_ == nullptr) {
    const std::unique_lock<std::shared_mutex> alone(open_mutex);
    info_ = {};
    reader_.position = 0;
    handle_ = library_.open_virtual(&io, kSndfileRead, &info_, &reader_);
    if (handle_ == nullptr) {
      const bool unknown = library_.error(nullptr) == kSndfileUnrecognised;
      throw AudioProblem(unknown ? "not_audio" : "decode_error",
                         OpenMessage(library_.strerror(nullptr)));
    }
  }
  if (IsAudioContainer(info_.format) && info_.channels > 0 && info_.samplerate > 0) return;
  library_.close(handle_);
  throw AudioProblem("not_audio", "not one of the audio formats that are imported");
}

void AudioDecoder::Seek(int64_t frame) {
  if (frame <= 0) return;
  const int64_t landing = IsMpeg() ? std::max<int64_t>(frame - kMpegReservoir, 0) : frame;
  if (info_.seekable == 0 || library_.seek(handle_, landing, SEEK_SET) != landing) {
    library_.seek(handle_, 0, SEEK_END);
    return;
  }
  for (int64_t left = frame - landing; left > 0;) {
    const int64_t skipped = static_cast<int64_t>(Next(left).size());
    if (skipped == 0) return;
    left -= skipped;
  }
}

const std::vector<float>& AudioDecoder::Next(int64_t most) {
  const int64_t frames = std::min(most, std::max<int64_t>(kBlockSamples / info_.channels, 1));
  interleaved_.resize(static_cast<size_t>(frames * info_.channels));
  const int64_t got = frames > 0 ? library_.readf_float(handle_, interleaved_.data(), frames) : 0;
  // A decoder that ran out of bytes gives what was whole, and the caller sees that it is short; one
  // that failed on bytes it had may have left out anything.
  if (got < frames && library_.error(handle_) != 0 && !reader_.ran_out)
    throw AudioProblem("decode_error", OneLine(library_.strerror(handle_)));
  Mix(std::max<int64_t>(got, 0));
  return block_;
}

void AudioDecoder::Mix(int64_t frames) {
  const int channels = info_.channels;
  if (HasNonNumber(interleaved_.data(), frames * channels))
    throw AudioProblem("decode_error", "samples that are not numbers (infinite or NaN)");
  block_.resize(static_cast<size_t>(frames));
  const float* samples = interleaved_.data();
  if (channels == 1) {
    std::copy(samples, samples + frames, block_.begin());
  } else if (channel_ >= 0) {
    for (int64_t i = 0; i < frames; ++i) block_[i] = samples[i * channels + channel_];
  } else {
    const float share = 1.0f / static_cast<float>(channels);
    for (int64_t i = 0; i < frames; ++i, samples += channels) {
      float sum = 0;
      for (int c = 0; c < channels; ++c) sum += samples[c];
      block_[i] = sum * share;
    }
  }
}

}  // namespace myna
