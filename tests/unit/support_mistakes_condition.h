#ifndef SUPPORT_MISTAKES_CONDITION_H
#define SUPPORT_MISTAKES_CONDITION_H

#include "support_mistakes.h"

// Whole scenarios, as in support_mistakes.h.
static const struct mistake mistakes_of_conditions[] = {
    {"lock l\ncondition c\ndef f():\n    pass\nlane A = f()\n", 2, 12,
     "a condition belongs to a lock; write condition c with guard, and lock guard above it"},
    {"condition c with\ndef f():\n    pass\nlane A = f()\n", 1, 17,
     "expected the name of a lock, found the end of the line"},
    {"lock l\ncondition c with l off\ndef f():\n    pass\nlane A = f()\n", 2, 20,
     "expected the end of the line, found `off`"},
    {"condition c with gaurd\nlock guard\ndef f():\n    pass\nlane A = f()\n", 1, 18,
     "gaurd is not known here; is it guard?"},
    {"condition c with l\ndef f():\n    pass\nlane A = f()\n", 1, 18,
     "l is not known here; declare it with lock"},
    {"semaphore s = 1\ncondition c with s\ndef f():\n    pass\nlane A = f()\n", 2, 18,
     "s is a semaphore; a condition belongs to a lock: condition c with guard"},
    {"shared s = 1\ncondition c with s\ndef f():\n    pass\nlane A = f()\n", 2, 18,
     "s is a shared variable; a condition belongs to a lock"},
    {"condition c with c\ndef f():\n    pass\nlane A = f()\n", 1, 18,
     "c is a condition; a condition belongs to a lock"},
    {"condition c with f\ndef f():\n    pass\nlane A = f()\n", 1, 18,
     "f is a function; a condition belongs to a lock"},
    {"lock l\nshared c = 0\ncondition c with l\ndef f():\n    pass\nlane A = f()\n", 3, 11,
     "c is a shared variable already, in line 2"},
    {"lock l\ncondition c with l\ncondition c with l\ndef f():\n    pass\nlane A = f()\n", 3, 11,
     "c is a condition already, in line 2"},
    {"lock l\ncondition c with l\ndef f():\n    wait c\nlane A = f()\n", 4, 10,
     "wait needs l, the lock of c; write it inside with l:"},
    {"lock l\ncondition c with l\ndef f():\n    notify c\nlane A = f()\n", 4, 12,
     "notify needs l, the lock of c; write it inside with l:"},
    {"lock l\nlock m\ncondition c with l\ndef f():\n    with m:\n        notify_all c\n"
     "lane A = f()\n",
     6, 20, "notify needs l, the lock of c; write it inside with l:"},
    {"lock l\ncondition c with l\ndef f():\n    with l:\n        pass\n    while 1:\n"
     "        wait c\nlane A = f()\n",
     7, 14, "wait needs l"},
    {"lock l\ncondition c with l\ndef g():\n    wait c\ndef f():\n    with l:\n        pass\n"
     "    g()\nlane A = f()\n",
     4, 10, "wait needs l"},
    {"lock l\ncondition c with l\ndef f():\n    pass\nlane A = f()\nafter:\n    notify c\n", 7, 12,
     "notify needs l"},
    {"lock l\ncondition c with l\ndef f():\n    with c:\n        wait c\nlane A = f()\n", 4, 10,
     "c is a condition; only a lock can stand after with"},
    {"lock l\ncondition c with l\ndef f():\n    acquire c\nlane A = f()\n", 4, 13,
     "c is a condition; write wait c or notify c"},
    {"lock l\ncondition c with l\ndef f():\n    post c\nlane A = f()\n", 4, 10,
     "c is a condition; write wait c or notify c"},
    {"lock l\ncondition c with l\ndef f():\n    c += 1\nlane A = f()\n", 4, 5,
     "c is a condition and cannot get a value"},
    {"lock l\ncondition c with l\ndef f():\n    x = c\nlane A = f()\n", 4, 9,
     "c is a condition and has no value; write wait c"},
    {"lock l\ndef f():\n    with l:\n        notify l\nlane A = f()\n", 4, 16,
     "l is a lock; write acquire l, release l or with l:"},
    {"def f():\n    notify q\nlane A = f()\n", 2, 12,
     "q is not known here; declare it with condition"},
    {"shared g = 0\ndef f():\n    notify_all g\nlane A = f()\n", 3, 16,
     "g is no condition; declare one with condition"},
    {"c = threading.Condition()\ndef w(x):\n    return x\nlane A = w(1)\n", 1, 1,
     "a condition is a declaration; write condition c with guard"},
    {"lock l\ncondition c with l\ndef f():\n    with l:\n        c.wait()\nlane A = f()\n", 5, 10,
     "there are no methods; write wait c"},
    {"lock l\ncondition c with l\ndef f():\n    with l:\n        c.notify_all()\nlane A = f()\n", 5,
     10, "there are no methods; write notify_all c"},
    {"def f():\n    x = threading.Condition()\nlane A = f()\n", 2, 18,
     "there are no modules; declare it at the left edge: condition changed with guard"},
};

// What may be right on some way is no mistake.
static const char *const right_conditions[] = {
    "condition c with l\nlock l\ndef f():\n    with l:\n        wait c\n        notify c\n"
    "        notify_all c\nlane A = f()\n",
    "lock l\ncondition c with l\ndef f():\n    acquire l\n    wait c\n    release l\nlane A = "
    "f()\n",
    "lock l\ncondition c with l\ndef h():\n    wait c\ndef g(n):\n    if n:\n        h()\n"
    "    return 1\ndef f():\n    with l:\n        x = 1 + g(2)\nlane A = f()\n",
    "lock l\ncondition c with l\ndef take():\n    acquire l\ndef f():\n    take()\n    notify c\n"
    "    release l\nlane A = f()\n",
    "lock l\nlock m\ncondition c with l\ncondition d with m\ndef f():\n    with l:\n"
    "        with m:\n            wait c\n            notify d\nlane A = f()\n",
};

#endif
