/* A libsndfile that misbehaves over marked audio and is the real one (REAL, a path) over all else. */

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int64_t (*get_filelen)(void *);
  int64_t (*seek)(int64_t, int, void *);
  int64_t (*read)(void *, int64_t, void *);
  int64_t (*write)(const void *, int64_t, void *);
  int64_t (*tell)(void *);
} VirtualIo;

static void *real(const char *name) {
  static void *handle;
  if (handle == NULL) handle = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
  void *found = handle == NULL ? NULL : dlsym(handle, name);
  if (found == NULL) exit(99);
  return found;
}

static int holds(const char *content, int64_t size, const char *mark) {
  return memmem(content, (size_t)size, mark, strlen(mark)) != NULL;
}

static void misbehave(const char *content, int64_t size) {
  if (holds(content, size, "ABORT-HERE")) abort();
  if (holds(content, size, "SEGFAULT-HERE")) *(volatile int *)8 = 0;
  if (holds(content, size, "EXIT-HERE")) _Exit(3);
  if (holds(content, size, "HANG-HERE"))
    for (volatile int i = 0;; ++i) {
    }
  if (holds(content, size, "GREED-HERE"))
    for (int i = 0; i < 64; ++i) { /* 256 MiB */
      char *taken = malloc(4 << 20);
      if (taken == NULL) abort();
      memset(taken, 1, 4 << 20);
    }
}

void *sf_open_virtual(VirtualIo *io, int mode, void *info, void *user) {
  const int64_t size = io->get_filelen(user);
  char *content = malloc((size_t)size + 1);
  io->seek(0, SEEK_SET, user);
  misbehave(content, io->read(content, size, user));
  free(content);
  io->seek(0, SEEK_SET, user);
  return ((void *(*)(VirtualIo *, int, void *, void *))real("sf_open_virtual"))(io, mode, info, user);
}

int64_t sf_readf_float(void *file, float *to, int64_t frames) {
  return ((int64_t(*)(void *, float *, int64_t))real("sf_readf_float"))(file, to, frames);
}

int64_t sf_writef_short(void *file, const int16_t *from, int64_t frames) {
  return ((int64_t(*)(void *, const int16_t *, int64_t))real("sf_writef_short"))(file, from, frames);
}

int sf_command(void *file, int command, void *data, int size) {
  return ((int (*)(void *, int, void *, int))real("sf_command"))(file, command, data, size);
}

int64_t sf_seek(void *file, int64_t frames, int whence) {
  return ((int64_t(*)(void *, int64_t, int))real("sf_seek"))(file, frames, whence);
}

int sf_close(void *file) { return ((int (*)(void *))real("sf_close"))(file); }
int sf_error(void *file) { return ((int (*)(void *))real("sf_error"))(file); }
const char *sf_strerror(void *file) { return ((const char *(*)(void *))real("sf_strerror"))(file); }
const char *sf_version_string(void) { return ((const char *(*)(void))real("sf_version_string"))(); }
