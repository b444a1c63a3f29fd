#ifndef SUPPORT_TOY_SCREEN_H
#define SUPPORT_TOY_SCREEN_H

// A small program on the screen: draws a known frame, shows the names of the keys it reads, and
// ends at "Q". It has no guardian: what is restored, the screen has restored. Returns the exit
// status.
struct screen_options;
int toy_screen_main(const struct screen_options *options);

#endif
