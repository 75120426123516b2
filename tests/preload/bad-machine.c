/*
 * A bad machine for a server that is started with this in LD_PRELOAD: its disk is slow, its clock is wrong. The file named by
 * BAD_MACHINE holds two numbers of 64 bits, which may be written anew meanwhile: the milliseconds that each fdatasync takes,
 * and the milliseconds that the clock is ahead.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t good[2] = {0, 0};
static const volatile int64_t *machine = good;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("BAD_MACHINE");
  int file = name == NULL ? -1 : open(name, O_RDONLY);
  if (file < 0) return;
  void *memory = mmap(NULL, sizeof good, PROT_READ, MAP_SHARED, file, 0);
  if (memory != MAP_FAILED) machine = memory;
  close(file);
}

int fdatasync(int descriptor) {
  if (machine[0] > 0) usleep((useconds_t)machine[0] * 1000);
  return (int)syscall(SYS_fdatasync, descriptor);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) {
    int64_t nanoseconds = (int64_t)now->tv_nsec + (machine[1] % 1000) * 1000000;
    int64_t carry = nanoseconds < 0 ? -1 : nanoseconds / 1000000000;
    now->tv_sec += machine[1] / 1000 + carry;
    now->tv_nsec = (long)(nanoseconds - carry * 1000000000);
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t time(time_t *kept) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (kept != NULL) *kept = precise.tv_sec;
  return precise.tv_sec;
}
