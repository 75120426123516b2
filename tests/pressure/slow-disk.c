/*
 * A slow disk for a server that is started with this in LD_PRELOAD: each fdatasync takes as many milliseconds as the file
 * named by SLOW_DISK_FILE says, which may be written anew meanwhile.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int descriptor) {
  const char *name = getenv("SLOW_DISK_FILE");
  FILE *file = name == NULL ? NULL : fopen(name, "r");
  int milliseconds = 0;
  if (file != NULL) {
    if (fscanf(file, "%d", &milliseconds) != 1) milliseconds = 0;
    fclose(file);
  }
  usleep((useconds_t)milliseconds * 1000);
  return (int)syscall(SYS_fdatasync, descriptor);
}
