#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

// A small text file of lines of words, read word by word, and mistakes told with their place.
enum { CONFIG_WORD_MAX = 64, CONFIG_FILE_MAX = 64 * 1024 };

struct config_file {
    char path[600];
    char *text; // NULL: there is none
    const char *at;
    size_t line; // from 1
    const char *line_begin, *word_begin;
    char word[CONFIG_WORD_MAX + 1]; // the one that was read last, "" before
};

// False when there is no such file; one that cannot be read is told, and there is none.
bool config_file_open(struct config_file *file, const char *folder, const char *name);
void config_file_close(struct config_file *file);

// To the next line that says something. False at the end.
bool config_file_line(struct config_file *file);
// The next word of this line. False at its end.
bool config_file_word(struct config_file *file);

// Tells what is wrong with the word that was read last, or after it.
void config_file_complain(const struct config_file *file, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
