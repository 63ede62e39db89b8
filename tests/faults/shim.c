// Lets calls fail on the files of the database, while a file with the name of the fault lies in
// the directory $ONDECK_FAULTS. Loaded with LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int happens(const char *fault) {
    const char *faults = getenv("ONDECK_FAULTS");
    char path[4096];
    if (!faults) return 0;
    snprintf(path, sizeof path, "%s/%s", faults, fault);
    return access(path, F_OK) == 0;
}

// Standard output and sockets go on to work: the disk fails, not the process. So does the index of
// the log (-shm), which only takes again the space that it has given back.
static int is_on_disk(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "ondeck.") && !strstr(path, "-shm");
}

static int fails(const char *fault, int fd, int error) {
    int before = errno;
    if (happens(fault) && is_on_disk(fd)) {
        errno = error;
        return 1;
    }
    errno = before;
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return fails("fsync", fd, EIO) ? -1 : NEXT(fsync)(fd); }

int fdatasync(int fd) { return fails("fsync", fd, EIO) ? -1 : NEXT(fdatasync)(fd); }

ssize_t write(int fd, const void *bytes, size_t count) {
    return fails("quota", fd, EDQUOT) ? -1 : NEXT(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return fails("quota", fd, EDQUOT) ? -1 : NEXT(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return fails("quota", fd, EDQUOT) ? -1 : NEXT(pwrite64)(fd, bytes, count, at);
}
