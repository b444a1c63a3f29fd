#ifndef SESSION_EXPLORE_H
#define SESSION_EXPLORE_H

// Exploring, as the layers above the session see it.
#include "model/explore.h"
#include "model/explore_tree.h"
#include "model/probe.h"

#endif
