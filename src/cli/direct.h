#ifndef CLI_DIRECT_H
#define CLI_DIRECT_H

#include "guard/guard.h"
#include "session/session.h"

// Hosts without a screen: this process is the guardian and the collector in one.
struct direct {
    struct guard_host host;
    bool has_ended;
    int status;
};

struct session_launcher direct_launcher(struct direct *direct); // and makes *direct ready

#endif
