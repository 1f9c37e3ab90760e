/* Preloaded (LD_PRELOAD) into gitdraft and every git that it starts: counts the system calls that change something below
 * a folder, over all of these processes, and fails the n-th, or kills at it.
 *
 * The control file (GITDRAFT_DISK) is shared memory: `struct control` below. tests/damage/disk.py writes it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TRACE, FAIL_BEFORE, FAIL_AFTER, FAIL_FROM, KILL_ALL, KILL_ONE };
struct control {
    uint32_t count, hit, number, mode, error, only_git;
    char root[1000];
    char trace[1000];
    char at[1000]; /* the call that was hit */
};

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
static struct control *control;
static const char *program;

static void disk_open(void) {
    const char *file = getenv("GITDRAFT_DISK");
    if (control || !file || !*file) return;
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory != MAP_FAILED) control = memory;
}

/* Reads the arguments, so that a trace says which git it was. */
static const char *who(void) {
    static char name[120];
    char line[2000];
    int fd, size, at = 0;
    if (program) return program;
    fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? 0 : syscall(SYS_read, fd, line, sizeof line - 1);
    if (fd >= 0) syscall(SYS_close, fd);
    line[size < 0 ? 0 : size] = 0;
    const char *base = strrchr(line, '/');
    base = base ? base + 1 : line;
    if (strncmp(base, "git", 3)) return program = "gitdraft";
    for (at = strlen(line) + 1; at < size; at += strlen(line + at) + 1) {
        if (!strcmp(line + at, "-c") || !strcmp(line + at, "-C")) at += strlen(line + at) + 1;
        else if (line[at] != '-') break;
    }
    snprintf(name, sizeof name, "git %s", at < size ? line + at : base);
    return program = name;
}

static const char *path_of(int folder, const char *path, char *buffer) {
    char link[64], target[PATH_MAX];
    int size;
    if (path && path[0] == '/') return path;
    if (folder == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    size = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
    if (size < 0) return NULL;
    target[size] = 0;
    if (!path) snprintf(buffer, PATH_MAX, "%s", target);
    else if ((size_t)snprintf(buffer, PATH_MAX, "%s/%s", target, path) >= PATH_MAX) return NULL;
    return buffer;
}

/* What is to be done at this call: 0 go on, 1 fail before, 2 fail after, 3 kill. */
static int point(const char *call, int folder, const char *path) {
    char buffer[PATH_MAX], line[PATH_MAX + 300];
    int saved = errno, answer = 0, is_git;
    disk_open();
    if (!control) { errno = saved; return 0; }
    path = path_of(folder, path, buffer);
    is_git = !strncmp(who(), "git ", 4);
    if (!path || strncmp(path, control->root, strlen(control->root)) || (control->only_git && !is_git)) {
        errno = saved;
        return 0;
    }
    uint32_t mine = __atomic_fetch_add(&control->count, 1, __ATOMIC_SEQ_CST);
    if (control->mode == TRACE) {
        int fd = syscall(SYS_openat, AT_FDCWD, control->trace, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        int size = snprintf(line, sizeof line, "%s\t%s\t%s\n", who(), call, path + strlen(control->root));
        if (fd >= 0) { syscall(SYS_write, fd, line, size); syscall(SYS_close, fd); }
    } else if (mine == control->number || (control->mode == FAIL_FROM && mine > control->number)) {
        if (control->mode == FAIL_FROM && (!strcmp(call, "unlink") || !strcmp(call, "rmdir") || !strcmp(call, "rename")))
            answer = 0; /* a full disk takes these */
        else {
            if (!control->hit) snprintf(control->at, sizeof control->at, "%s: %s %s", who(), call, path + strlen(control->root));
            control->hit = 1;
            answer = control->mode == FAIL_AFTER ? 2 : control->mode >= KILL_ALL ? 3 : 1;
        }
    }
    errno = saved;
    return answer;
}

static void end(void) {
    kill(control->mode == KILL_ALL ? 0 : getpid(), SIGKILL);
    for (;;) pause();
}

#define AROUND(type, failed, call_name, folder, path, action)                  \
    do {                                                                       \
        int what = point(call_name, folder, path);                             \
        if (what == 1) { errno = control->error; return failed; }              \
        if (what == 3) end();                                                  \
        type result = action;                                                  \
        if (what == 2 && result != failed) { errno = control->error; return failed; } \
        return result;                                                         \
    } while (0)

static int makes(int flags, int folder, const char *path) {
    if ((flags & O_ACCMODE) == O_RDONLY) return 0;
    if ((flags & O_CREAT) && syscall(SYS_faccessat, folder, path, F_OK)) return 1;
    return (flags & O_TRUNC) != 0;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

#define OPENS(folder, path, action)                                            \
    int saved = errno, what = 0;                                               \
    if (makes(flags, folder, path)) { errno = saved; what = point("create", folder, path); } \
    errno = saved;                                                             \
    if (what == 1) { errno = control->error; return -1; }                      \
    if (what == 3) end();                                                      \
    int result = action;                                                       \
    if (what == 2 && result >= 0) { syscall(SYS_close, result); errno = control->error; return -1; } \
    return result;

int open(const char *path, int flags, ...) { MODE(flags, mode) OPENS(AT_FDCWD, path, REAL(open)(path, flags, mode)) }
int open64(const char *path, int flags, ...) { MODE(flags, mode) OPENS(AT_FDCWD, path, REAL(open64)(path, flags, mode)) }
int openat(int folder, const char *path, int flags, ...) { MODE(flags, mode) OPENS(folder, path, REAL(openat)(folder, path, flags, mode)) }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags, mode) OPENS(folder, path, REAL(openat64)(folder, path, flags, mode)) }
int creat(const char *path, mode_t mode) { int flags = O_CREAT | O_WRONLY | O_TRUNC; OPENS(AT_FDCWD, path, REAL(creat)(path, mode)) }
FILE *fopen(const char *path, const char *how) {
    int what = *how == 'r' ? 0 : point("create", AT_FDCWD, path);
    if (what == 1) { errno = control->error; return NULL; }
    if (what == 3) end();
    return REAL(fopen)(path, how);
}
FILE *fopen64(const char *path, const char *how) {
    int what = *how == 'r' ? 0 : point("create", AT_FDCWD, path);
    if (what == 1) { errno = control->error; return NULL; }
    if (what == 3) end();
    return REAL(fopen64)(path, how);
}

/* A write that is killed, or that a full disk ends, has written half. */
ssize_t write(int fd, const void *content, size_t size) {
    int what = fd < 3 ? 0 : point("write", fd, NULL);
    if (what && size > 1) REAL(write)(fd, content, size / 2);
    if (what == 3) end();
    if (what) { errno = control->error; return -1; }
    return REAL(write)(fd, content, size);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { AROUND(ssize_t, -1, "write", fd, NULL, REAL(writev)(fd, parts, count)); }
ssize_t pwrite(int fd, const void *content, size_t size, off_t at) { AROUND(ssize_t, -1, "write", fd, NULL, REAL(pwrite)(fd, content, size, at)); }
ssize_t pwrite64(int fd, const void *content, size_t size, off64_t at) { AROUND(ssize_t, -1, "write", fd, NULL, REAL(pwrite64)(fd, content, size, at)); }
int ftruncate(int fd, off_t size) { AROUND(int, -1, "truncate", fd, NULL, REAL(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) { AROUND(int, -1, "truncate", fd, NULL, REAL(ftruncate64)(fd, size)); }
int fsync(int fd) { AROUND(int, -1, "fsync", fd, NULL, REAL(fsync)(fd)); }
int fdatasync(int fd) { AROUND(int, -1, "fsync", fd, NULL, REAL(fdatasync)(fd)); }
int rename(const char *old, const char *new) { AROUND(int, -1, "rename", AT_FDCWD, new, REAL(rename)(old, new)); }
int renameat(int a, const char *old, int b, const char *new) { AROUND(int, -1, "rename", b, new, REAL(renameat)(a, old, b, new)); }
int renameat2(int a, const char *old, int b, const char *new, unsigned flags) { AROUND(int, -1, "rename", b, new, REAL(renameat2)(a, old, b, new, flags)); }
int link(const char *old, const char *new) { AROUND(int, -1, "link", AT_FDCWD, new, REAL(link)(old, new)); }
int linkat(int a, const char *old, int b, const char *new, int flags) { AROUND(int, -1, "link", b, new, REAL(linkat)(a, old, b, new, flags)); }
int symlink(const char *to, const char *path) { AROUND(int, -1, "link", AT_FDCWD, path, REAL(symlink)(to, path)); }
int unlink(const char *path) { AROUND(int, -1, "unlink", AT_FDCWD, path, REAL(unlink)(path)); }
int unlinkat(int folder, const char *path, int flags) { AROUND(int, -1, "unlink", folder, path, REAL(unlinkat)(folder, path, flags)); }
int remove(const char *path) { AROUND(int, -1, "unlink", AT_FDCWD, path, REAL(remove)(path)); }
int mkdir(const char *path, mode_t mode) { AROUND(int, -1, "mkdir", AT_FDCWD, path, REAL(mkdir)(path, mode)); }
int mkdirat(int folder, const char *path, mode_t mode) { AROUND(int, -1, "mkdir", folder, path, REAL(mkdirat)(folder, path, mode)); }
int rmdir(const char *path) { AROUND(int, -1, "rmdir", AT_FDCWD, path, REAL(rmdir)(path)); }
