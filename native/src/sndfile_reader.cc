#include "sndfile_reader.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "audio_head.h"
#include "audio_problem.h"
#include "mpeg_stream.h"

namespace myna {
namespace {

constexpr int64_t kFarthest = INT64_MAX / 2;  // offset: far behind the end of any file

// libsndfile also knows containers that hold no speech and are recognised by so little that text
// or noise passes for them (raw, Matlab, sampler dumps, HTK). These are the ones we take, by
// SF_FORMAT_* number.
bool IsAudioContainer(int format) {
  switch ((format & kSndfileTypeMask) >> 16) {
    case 0x01:  // WAV
    case 0x02:  // AIFF
    case 0x03:  // AU
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

SndfileVirtualIo SndfileReader::Callbacks() {
  SndfileVirtualIo io;
  io.get_filelen = [](void* user) { return static_cast<File*>(user)->source->size(); };
  io.seek = [](int64_t offset, int whence, void* user) {
    auto* file = static_cast<File*>(user);
    const int64_t from = whence == SEEK_CUR   ? file->position
                         : whence == SEEK_END ? file->source->size()
                                              : 0;
    // A chunk's length out of a damaged file may lead beyond what 64 bits can count.
    int64_t place = 0;
    if (__builtin_add_overflow(from, offset, &place)) place = offset < 0 ? 0 : kFarthest;
    return file->position = std::clamp<int64_t>(place, 0, kFarthest);
  };
  io.read = [](void* target, int64_t count, void* user) {
    auto* file = static_cast<File*>(user);
    const int64_t got = file->source->ReadAt(file->position, target, count);
    file->position += got;
    if (got < count) file->ran_out = true;
    return got;
  };
  io.write = [](const void*, int64_t, void*) { return int64_t{0}; };
  io.tell = [](void* user) { return static_cast<File*>(user)->position; };
  return io;
}

SndfileReader::SndfileReader(const SndfileLibrary& library, std::unique_ptr<ByteSource> source)
    : library_(library) {
  announced_ = AnnouncedFrames(*source);
  file_.source = WithMpegRoom(std::move(source));
  Open();
  file_.ran_out = false;
  // For MP3 libsndfile's own figure is a guess unless there is a tag.
  if (announced_ < 0 && !IsMpeg() && info_.frames < INT64_MAX) announced_ = info_.frames;
}

SndfileReader::~SndfileReader() { library_.close(handle_); }

bool SndfileReader::IsMpeg() const { return (info_.format & kSndfileTypeMask) >> 16 == 0x23; }

void SndfileReader::Open() {
  SndfileVirtualIo io = Callbacks();
  {
    const std::shared_lock<std::shared_mutex> together(open_mutex);
    handle_ = library_.open_virtual(&io, kSndfileRead, &info_, &file_);
  }
  if (handle_ == nullptr) {
    const std::unique_lock<std::shared_mutex> alone(open_mutex);
    info_ = {};
    file_.position = 0;
    handle_ = library_.open_virtual(&io, kSndfileRead, &info_, &file_);
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

int64_t SndfileReader::Read(float* target, int64_t frames) {
  const int64_t got = library_.readf_float(handle_, target, frames);
  // A decoder that ran out of bytes gives what was whole, and the caller sees that it is short; one
  // that failed on bytes it had may have left out anything.
  if (got < frames && library_.error(handle_) != 0 && !file_.ran_out)
    throw AudioProblem("decode_error", OneLine(library_.strerror(handle_)));
  return std::max<int64_t>(got, 0);
}

}  // namespace myna
