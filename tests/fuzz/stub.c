/* Stands for every program on the PATH of shells.py: writes its folder and words to /log, and goes on as the real program
   where that only handles text. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const REAL[] = {"[", "awk", "basename", "cat", "comm", "cut", "date", "diff", "dirname", "echo", "env", "expr",
    "find", "fold", "grep", "head", "ls", "mkdir", "nice", "nl", "od", "paste", "printf", "pwd", "realpath", "rev", "sed", "seq",
    "sort", "stat", "tac", "tail", "tee", "test", "timeout", "touch", "tr", "uniq", "wc", "xargs"};
static char line[1 << 16];
static size_t used;

static void add(const char *text, char end) {
    size_t length = strlen(text);
    if (used + length + 2 > sizeof line) return;
    memcpy(line + used, text, length);
    used += length;
    line[used++] = end;
}

int main(int count, char **words) {
    char path[4096];
    const char *slash = strrchr(words[0], '/'), *name = slash ? slash + 1 : words[0];
    int listed = !slash || !strncmp(words[0], "/stubs/", 7);
    add(getcwd(path, sizeof path) ? path : "", '\x1f');
    for (int i = 0; i < count; i++)
        add(i || !listed ? words[i] : name, i + 1 < count ? '\x1f' : '\x1e');
    int log = open("/log", O_WRONLY | O_APPEND);
    if (log < 0 || write(log, line, used) < 0) return 1;
    for (size_t i = 0; listed && i < sizeof REAL / sizeof *REAL; i++)
        if (!strcmp(REAL[i], name)) {
            snprintf(path, sizeof path, "/usr/bin/%s", name);
            execv(path, words);
        }
    return 0;
}
