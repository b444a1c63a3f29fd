#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support_scenario.h"

// What is wrong, where it is said to be, and the words that say it.
struct mistake {
    const char *text;
    uint32_t line, column; // of the first problem
    const char *message;   // how its text begins
};

// Whole scenarios.
static const struct mistake mistakes_of_scenarios[] = {
    {"", 1, 1, "no lanes: a scenario needs at least one, for example lane A = f()"},
    {"# only a comment\n", 1, 1,
     "no lanes: a scenario needs at least one, for example lane A = f()"},
    {"\n\n", 1, 1, "no lanes: a scenario needs at least one, for example lane A = f()"},
    {"title \342\200\234x\342\200\235\ndef f():\n    pass\nlane A = f()\n", 1, 7,
     "\342\200\234 is a typographic quote"},
    {"about \"\"\"abc\ndef f():\n    pass\nlane A = f()\n", 1, 7, "this text has no end"},
    {"def f():\n    pass\ndef g():\n\tpass\nlane A = f()\n", 4, 1,
     "indented with tabs here and with spaces elsewhere"},
    {"def f()\n    pass\nlane A = f()\n", 1, 8, "a line that opens a block ends in a colon"},
    {"  title \"x\"\ndef f():\n    pass\nlane A = f()\n", 1, 3,
     "a declaration begins at the left edge"},
    {"titel \"x\"\ndef f():\n    pass\nlane A = f()\n", 1, 1, "titel begins no declaration"},
    {"counter = 0\ndef f():\n    pass\nlane A = f()\n", 1, 1,
     "at the left edge stand declarations"},
    {"import threading\ndef f():\n    pass\nlane A = f()\n", 1, 1, "import begins no declaration"},
    {"5\ndef f():\n    pass\nlane A = f()\n", 1, 1, "expected a declaration, found `5`"},
    {"title x\ndef f():\n    pass\nlane A = f()\n", 1, 7, "expected a text in quotes, found `x`"},
    {"title \"a\"\ntitle \"b\"\ndef f():\n    pass\nlane A = f()\n", 2, 1, "a second title"},
    {"about \"a\"\nabout \"b\"\ndef f():\n    pass\nlane A = f()\n", 2, 1, "a second about"},
    {"param N\ndef f():\n    pass\nlane A = f()\n", 1, 8,
     "expected `=` and a number, found the end of the line"},
    {"param N = 2s\ndef f():\n    pass\nlane A = f()\n", 1, 11,
     "a param is a number, not a duration"},
    {"param N = g\nshared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef f():\n    pass\nlane A "
     "= f()\n",
     1, 11, "g is not known here"},
    {"param N = 1 // 0\ndef f():\n    pass\nlane A = f()\n", 1, 13, "division by zero"},
    {"param N = 9223372036854775807 + 1\ndef f():\n    pass\nlane A = f()\n", 1, 31,
     "the result does not fit 64 bits"},
    {"param N = 1 < 2\ndef f():\n    pass\nlane A = f()\n", 1, 13,
     "this is known only while the scenario runs"},
    {"param N = \"a\" + 1\ndef f():\n    pass\nlane A = f()\n", 1, 15,
     "a text and a number do not go together here"},
    {"param N = -\"a\"\ndef f():\n    pass\nlane A = f()\n", 1, 11, "a text has no sign"},
    {"param N = (-9223372036854775807 - 1) // -1\ndef f():\n    pass\nlane A = f()\n", 1, 38,
     "the result does not fit 64 bits"},
    {"param N = 3 = 4\ndef f():\n    pass\nlane A = f()\n", 1, 13,
     "expected the end of the line, found `=`"},
    {"shared x\ndef f():\n    pass\nlane A = f()\n", 1, 9,
     "expected `=` and a number, found the end of the line"},
    {"shared 5 = 3\ndef f():\n    pass\nlane A = f()\n", 1, 8, "expected a name, found `5`"},
    {"shared x[0] = 1\ndef f():\n    pass\nlane A = f()\n", 1, 10,
     "the size of an array is 1 to 1024, not 0"},
    {"shared x[1025] = 1\ndef f():\n    pass\nlane A = f()\n", 1, 10,
     "the size of an array is 1 to 1024, not 1025"},
    {"shared x[1000] = 1\nshared y[25] = 1\ndef f():\n    pass\nlane A = f()\n", 2, 8,
     "too many shared variables"},
    {"shared x[2 = 1\ndef f():\n    pass\nlane A = f()\n", 1, 12, "expected `]`, found `=`"},
    {"shared x = \"a\"\ndef f():\n    pass\nlane A = f()\n", 1, 12,
     "a shared variable is a number, not a text"},
    {"lock\ndef f():\n    pass\nlane A = f()\n", 1, 5,
     "expected a name, found the end of the line"},
    {"lock l maybe\ndef f():\n    pass\nlane A = f()\n", 1, 8,
     "expected the end of the line, found `maybe`"},
    {"mode fast\ndef f():\n    pass\nlane A = f()\n", 1, 6,
     "expected sequential, threads, processes or pool, found `fast`"},
    {"memory none\ndef f():\n    pass\nlane A = f()\n", 1, 8,
     "expected private or shared, found `none`"},
    {"gil 3.8\ndef f():\n    pass\nlane A = f()\n", 1, 5, "expected off, 3.9 or 3.10, found `3.8`"},
    {"shared if = 3\ndef f():\n    pass\nlane A = f()\n", 1, 8, "if is a word of the language"},
    {"shared sleep = 3\ndef f():\n    pass\nlane A = f()\n", 1, 8, "sleep is built in"},
    {"shared a = 1\nlock a\ndef f():\n    pass\nlane A = f()\n", 2, 6,
     "a is a shared variable already, in line 1"},
    {"param a = 1\nparam a = 2\ndef f():\n    pass\nlane A = f()\n", 2, 7,
     "a is a param already, in line 1"},
    {"def f():\n    pass\ndef f():\n    pass\nlane A = f()\n", 3, 5,
     "f is a function already, in line 1"},
    {"after:\n    pass\nafter:\n    pass\ndef f():\n    pass\nlane A = f()\n", 3, 1,
     "a second after:"},
    {"after\n    pass\ndef f():\n    pass\nlane A = f()\n", 1, 6,
     "a line that opens a block ends in a colon"},
    {"def f(:\n    pass\nlane A = f()\n", 1, 7, "expected a parameter's name or `)`, found `:`"},
    {"def (x):\n    pass\ndef w(x):\n    pass\nlane A = w(1)\n", 1, 5,
     "expected the function's name, found `(`"},
    {"def f(a b):\n    pass\nlane A = f(1, 2)\n", 1, 9, "expected `,` or `)`, found `b`"},
    {"def f(a, a):\n    pass\nlane A = f(1, 2)\n", 1, 10, "there are two parameters called a"},
    {"def f(lock):\n    pass\nlane A = f(1)\n", 1, 7, "lock is a word of the language"},
    {"shared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef f(g):\n    pass\nlane A = f(1)\n", 5,
     7, "g is a shared variable already"},
    {"def f(a,b,c,d,e,g,h,i,j):\n    pass\nlane A = f(1)\n", 1, 23, "too many parameters"},
    {"def f:\n    pass\nlane A = f()\n", 1, 6, "expected `(`, as in def work():, found `:`"},
    {"mode processes\ndef f():\n    pass\nlane A = f()\n", 1, 6,
     "mode processes comes with a later version: use mode threads or sequential for now"},
    {"mode pool\ndef f():\n    pass\nlane A = f()\n", 1, 6,
     "mode pool comes with a later version: use mode threads or sequential for now"},
    {"gil 3.9\ndef f():\n    pass\nlane A = f()\n", 1, 5,
     "gil 3.9 comes with a later version: use gil off for now"},
    {"gil 3.10\ndef f():\n    pass\nlane A = f()\n", 1, 5,
     "gil 3.10 comes with a later version: use gil off for now"},
    {"semaphore s = 1\ndef f():\n    wait s\n    post s\nlane A = f()\n", 1, 11,
     "semaphore comes with a later version: use a lock for now"},
    {"lock l\ncondition c with l\ndef f():\n    wait c\n    notify c\n    notify_all c\nlane A = "
     "f()\n",
     2, 11, "condition comes with a later version: use a lock for now"},
    {"pool 4 r = w(x) for x in [1, 2]\ndef w(x):\n    pass\nlane A = w(1)\nafter:\n    "
     "print(\"{r}\")\n",
     1, 1, "pool comes with a later version: use lane f(x) for x in [...] for now"},
    {"mode pool\npool 2 r = w(x) for x in [1]\nsemaphore s = 2\ndef w(x):\n    pass\n", 1, 6,
     "mode pool comes with a later version: use mode threads or sequential for now"},
    {"lock l\ncondition c\ndef f():\n    pass\nlane A = f()\n", 2, 12,
     "expected `with` and the name of its lock, found the end of the line"},
    {"pool r = w(x) for x in [1]\ndef w(x):\n    pass\nlane A = w(1)\n", 1, 6,
     "expected the number of workers, found `r`"},
    {"def w(x):\n    pass\nlane A = w()\n", 3, 10, "w takes 1 argument, not 0"},
    {"def w(x):\n    pass\nlane A = w(1, 2)\n", 3, 10, "w takes 1 argument, not 2"},
    {"def f():\n    pass\nlane A = f()\nlane B = q()\n", 4, 10, "q is not known here"},
    {"lane A = sleep(1)\n", 1, 10, "a lane runs a function of the scenario, made by def"},
    {"lane A = 5\n", 1, 10, "a lane runs a call"},
    {"def w(x):\n    pass\nlane A = w(1)\nlane A = w(2)\n", 4, 6,
     "lane A is there already, in line 3"},
    {"def w(x):\n    pass\nlane main = w(1)\n", 3, 6, "main is the lane that starts the others"},
    {"def w(x):\n    pass\nlane W[0] = w(i)\n", 3, 8, "the number of lanes is 1 to 1000, not 0"},
    {"def w(x):\n    pass\nlane W[1001] = w(i)\n", 3, 8,
     "the number of lanes is 1 to 1000, not 1001"},
    {"def w(x):\n    pass\nlane W[600] = w(i)\nlane V[600] = w(i)\n", 4, 6, "too many lanes"},
    {"def w(x):\n    pass\nlane w(x) for x in []\n", 3, 21,
     "expected at least one item in the list, found `]`"},
    {"def w(x):\n    pass\nlane w(x) for x\n", 3, 16, "expected `in`, found the end of the line"},
    {"def w(x):\n    pass\nlane w(x)\n", 3, 10,
     "expected `for`, as in lane f(x) for x in [1, 2, 3], found the end of the line"},
    {"def w(x):\n    pass\nlane w(x) of x in [1]\n", 3, 11,
     "expected `for`, as in lane f(x) for x in [1, 2, 3], found `of`"},
    {"def w(x):\n    pass\nlane w(x) for x in [1, \"a\"]\n", 3, 8,
     "x of w is a number elsewhere and a text here"},
    {"def w(x):\n    pass\nlane A = w(1)\nlane B = w(\"a\")\n", 4, 12,
     "x of w is a number elsewhere and a text here"},
    {"def w(x):\n    pass\nlane A = w(nn)\n", 3, 12, "nn is not known here"},
    {"def w(x):\n    pass\nlane A = w(w(1))\n", 3, 12,
     "this is known only while the scenario runs"},
    {"def w(x):\n    pass\nlane = w(1)\n", 3, 6,
     "expected a lane's name, as in lane A = work(), found `=`"},
    {"def w(x):\n    pass\nlane A w(1)\n", 3, 8, "expected `=`, as in lane A = work(), found `w`"},
    {"def w(x):\n    pass\nlane w(x) for x in [1 2]\n", 3, 23, "expected `,` or `]`, found `2`"},
    {"def w(x):\n    pass\nlane w(x, ) for x in 5\n", 3, 22,
     "expected a list, for example [1, 2, 3], found `5`"},
    {"def w(x):\n    pass\nlane A = w(1) w(2)\n", 3, 15, "expected the end of the line, found `w`"},
    {"shared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef w(x):\n    pass\nlane A = w(g)\n", 7,
     12, "g changes while the scenario runs"},
    {"def w(x):\n    pass\nlane W[2s] = w(i)\n", 3, 8,
     "the number of lanes is a number, not a duration"},
    {"def w(x):\n    pass\nlane w(x) for 3 in [1]\n", 3, 15, "expected a name, found `3`"},
    {"def w(x):\n    pass\nlane W[2] w(i)\n", 3, 11,
     "expected `=`, as in lane A = work(), found `w`"},
    {"shared counter = 0\ndef f():\n    countre = countr\nlane A = f()\n", 3, 15,
     "countr is not known here"},
    {"def f():\n    pass\nlane A = f()\nafter:\n    return\n", 5, 5, "return stands in functions"},
    {"def w(x):\n    pass\ndef f():\n    w(1)\n    w(\"a\")\nlane A = f()\n", 5, 7,
     "parameter x is a number elsewhere and a text here"},
    {"def w(x):\n    pass\ndef f():\n    w()\nlane A = f()\n", 4, 5, "w takes 1 argument, not 0"},
    {"def w(x):\n    pass\ndef f():\n    w(1,2,3,4,5,6,7,8,9)\nlane A = f()\n", 4, 23,
     "too many arguments"},
    {"def w(x):\n    pass\ndef f():\n    w(1 2)\nlane A = f()\n", 4, 9,
     "expected `,` or `)`, found `2`"},
    {"def w(x):\n    pass\ndef f():\n    w(\nlane A = f()\n", 4, 7,
     "expected a number, a name or `(`, found the end of the line"},
    {"shared a[200] = 0\ndef f():\n    print(\"{a}\")\nlane A = f()\n", 3, 13,
     "too many values at once in this function"},
    {"expect f() == 1\ndef f():\n    return 1\nlane A = f()\n", 1, 8,
     "expect and always only look at variables"},
    {"expect g = 1\nshared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef f():\n    pass\nlane A "
     "= f()\n",
     1, 10, "= gives a value"},
    {"always \"a\"\ndef f():\n    pass\nlane A = f()\n", 1, 8,
     "a condition is a comparison or a number, not a text"},
    {"expect\ndef f():\n    pass\nlane A = f()\n", 1, 7,
     "expected a number, a name or `(`, found the end of the line"},
    {"expect qqq == 1\ndef f():\n    pass\nlane A = f()\n", 1, 8, "qqq is not known here"},
    {"always elapsed() > 1\ndef f():\n    pass\nlane A = f()\n", 1, 8,
     "expect and always only look at variables"},
};

// The body of a function; lines count from its first one.
static const struct mistake mistakes_of_bodies[] = {
    {"    x = 1 @ 2", 1, 11, "@ (U+0040) has no meaning here"},
    {"    x = \303\251", 1, 9, "\303\251 (U+00E9) has no meaning here"},
    {"    x = 1 ** 2", 1, 11, "there is no **"},
    {"    x = 1 / 2", 1, 11, "numbers are whole"},
    {"    x = 1 && 2", 1, 11, "there is no &&"},
    {"    x = 1 || 2", 1, 11, "there is no ||"},
    {"    x = !1", 1, 9, "there is no !"},
    {"    x = 1 & 2", 1, 11, "there is no &"},
    {"    x = 1 | 2", 1, 11, "there is no |"},
    {"    x = 1; y = 2", 1, 10, "one statement stands on a line"},
    {"    x = {1}", 1, 9, "blocks are made by : and indentation, not by braces"},
    {"    x = }", 1, 9, "blocks are made by : and indentation, not by braces"},
    {"    x = 9223372036854775808", 1, 9, "this number does not fit 64 bits"},
    {"    x = 3x", 1, 9, "a number ends in a digit, or in s, ms, us or ns for a duration"},
    {"    x = 1.5e3", 1, 9, "a number ends in a digit, or in s, ms, us or ns for a duration"},
    {"    x = 99999999999s", 1, 9, "this duration is too long"},
    {"    x = 9223372036.9s", 1, 9, "this duration is too long"},
    {"    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn = 1", 1, 5, "this name is too long"},
    {"    print(\"abc)", 1, 11, "this text has no end"},
    {"    print('abc)", 1, 11, "this text has no end"},
    {"    print(\"a\\qb\")", 1, 13,
     "a backslash in a text is followed by n, a quote or a backslash"},
    {"    print(\"a\001b\")", 1, 13, "a control character stands in this text"},
    {"  x = 1\n    y = 2", 2, 5, "this line is indented more than the one above it"},
    {"    if 1:\n        pass\n      x = 2", 3, 7, "this indentation matches no block above"},
    {"pass", 0, 8, "an indented block follows a line that ends in :"},
    {"    if 1: if 2: pass", 1, 17, "a block in a block needs lines of its own"},
    {"    if 1 2:\n        pass", 1, 10, "expected `:` at the end of the line, found `2`"},
    {"    else:\n        pass", 1, 5, "this else belongs to no if"},
    {"    elif 1:\n        pass", 1, 5, "this elif belongs to no if"},
    {"    while 1", 1, 12, "a line that opens a block ends in a colon"},
    {"    x = "
     "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
     "((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"
     ")))))))))))))))))",
     1, 110, "nested too deeply"},
    {"    x = - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
     "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
     "- - - - - - - - - - - - - 1",
     1, 211, "nested too deeply"},
    {"    x = slep(1)", 1, 9, "slep is not known here"},
    {"    qqq()", 1, 5, "qqq is not known here"},
    {"    x = qqq[1]", 1, 9, "qqq is not known here"},
    {"    with qqq:\n        pass", 1, 10, "qqq is not known here"},
    {"    acquire qqq", 1, 13, "qqq is not known here"},
    {"    x = f", 1, 9, "f is a function"},
    {"    global q", 1, 12, "q is not known here"},
    {"    f()()", 1, 8, "expected the end of the line, found `(`"},
    {"    lanes = 4", 1, 5, "lanes cannot change"},
    {"    True = 4", 1, 5, "True cannot change"},
    {"    f = 4", 1, 5, "f is a function and cannot get a value"},
    {"    1 = 4", 1, 5, "only a variable or an element of an array can get a value"},
    {"    f() = 4", 1, 5, "only a variable or an element of an array can get a value"},
    {"    f() += 4", 1, 5, "only a variable or an element of an array can get a value"},
    {"    x = 2\n    x + 1", 2, 5, "this line does nothing"},
    {"    x = 2\n    x", 2, 5, "this line does nothing"},
    {"    x = 2\n    x == 1", 2, 7, "== compares"},
    {"    if 1 = 1:\n        pass\n    else:\n        x = y", 1, 10, "= gives a value"},
    {"    break", 1, 5, "break stands in a loop only"},
    {"    continue", 1, 5, "continue stands in a loop only"},
    {"    if 1:\n        break", 2, 9, "break stands in a loop only"},
    {"    for x in [1, 2]:\n        pass", 1, 14,
     "a for goes over range(n), range(a, b) or range(a, b, step)"},
    {"    for x in range():\n        pass", 1, 14,
     "a for goes over range(n), range(a, b) or range(a, b, step)"},
    {"    for x in range(1, 2, 3, 4):\n        pass", 1, 14,
     "a for goes over range(n), range(a, b) or range(a, b, step)"},
    {"    for x in range(1, 2, 0):\n        pass", 1, 26,
     "the step of a range is a number from -65535 to 65535, not 0"},
    {"    y = 1\n    for x in range(1, 2, y):\n        pass", 2, 26,
     "the step of a range is a number from -65535 to 65535, not 0"},
    {"    for x in range(9000000000000):\n        pass", 1, 20,
     "a range ends at 1,000,000,000,000 at most"},
    {"    for in range(2):\n        pass", 1, 12, "expected `in`, found `range`"},
    {"    for x range(2):\n        pass", 1, 11, "expected `in`, found `range`"},
    {"    for x in range(1s):\n        pass", 1, 20, "a range is a number, not a duration"},
    {"    for x in range(2)\n        pass", 1, 22, "a line that opens a block ends in a colon"},
    {"    for x in range(:\n        pass", 1, 20, "expected a number, a name or `(`, found `:`"},
    {"    x = range(2)", 1, 9, "range stands in for loops: for i in range(3):"},
    {"    with f:\n        pass", 1, 10, "f is no lock"},
    {"    acquire", 1, 12, "expected the name of a lock, found the end of the line"},
    {"    atomic x += 1", 1, 12, "x is not known here"},
    {"    x = 1\n    atomic x += 1", 2, 12, "x belongs to this lane alone"},
    {"    atomic 5 += 1", 1, 12, "only a variable or an element of an array can get a value"},
    {"    return 1\n    return", 2, 5, "f returns a value elsewhere"},
    {"    return 1\n    return \"a\"", 2, 12, "f returns a number elsewhere and a text here"},
    {"    if lanes > 1:\n        return 1", 0, 5, "f returns a value, but not on every way"},
    {"    return sleep(1)", 1, 12, "there is nothing to return: that call returns nothing"},
    {"    pass 1", 1, 10, "expected the end of the line, found `1`"},
    {"    return )", 1, 12, "expected a number, a name or `(`, found `)`"},
    {"    x = \"a\" + 1", 1, 13, "a text and a number do not go together here"},
    {"    x = \"a\" < \"b\"", 1, 13, "only numbers and durations can be compared, not a text"},
    {"    x = -\"a\"", 1, 9, "a text has no sign"},
    {"    x = 1\n    x = \"a\"", 2, 5, "variable x is a number elsewhere and a text here"},
    {"    x = 2s\n    x = 1", 2, 5, "variable x is a duration elsewhere and a number here"},
    {"    x = sleep(1)", 1, 5, "x gets no value: that call returns nothing"},
    {"    x = 2s * 2s", 1, 12, "a duration and a duration do not go together here"},
    {"    x = 2 // 2s", 1, 11, "a number and a duration do not go together here"},
    {"    x = \"a\"\n    x += 1", 2, 5, "a text cannot be changed by a number"},
    {"    x = 1\n    x += 1s", 2, 5, "a number cannot be changed by a duration"},
    {"    if \"a\":\n        pass", 1, 8, "a condition is a comparison or a number, not a text"},
    {"    while 2s:\n        pass", 1, 11,
     "a condition is a comparison or a number, not a duration"},
    {"    x = not \"a\"", 1, 13, "a condition is a number, not a text"},
    {"    x = 1 and 2s", 1, 15, "a condition is a number, not a duration"},
    {"    sleep(\"a\")", 1, 11, "the argument is a duration, not a text"},
    {"    sleep()", 1, 5, "sleep takes 1 argument, not 0"},
    {"    sleep(1, 2)", 1, 5, "sleep takes 1 argument, not 2"},
    {"    sleep(-1)", 1, 11, "a pause is 0 seconds to a day long"},
    {"    sleep(2000000s)", 1, 11, "a pause is 0 seconds to a day long"},
    {"    x = random(1)", 1, 9, "random takes 2 arguments, not 1"},
    {"    x = elapsed(1)", 1, 9, "elapsed takes 0 arguments, not 1"},
    {"    x = factorial(1s)", 1, 19, "the argument is a number, not a duration"},
    {"    x = 1\n    x = f()", 2, 5, "x gets no value: that call returns nothing"},
    {"    x = g\n    y = x", 1, 9, "g is not known here"},
    {"    x = None", 1, 9, "None is not known here"},
    {"    x = 1 + ", 1, 13, "expected a number, a name or `(`, found the end of the line"},
    {"    x = (1", 1, 11, "expected `)`, found the end of the line"},
    {"    x = 1 2", 1, 11, "expected the end of the line, found `2`"},
    {"    0 < 1 < 2", 1, 11, "comparisons do not chain"},
    {"    x = 0 < 1 < 2", 1, 15, "comparisons do not chain"},
    {"    x = 1 + not 2", 1, 13, "expected a number, a name or `(`, found `not`"},
    {"    if lanes > 1:\n        x = 1\n    y = x", 3, 9, "x may have no value here yet"},
    {"    for i in range(2):\n        x = 1\n    y = x", 3, 9, "x may have no value here yet"},
    {"    for i in range(2):\n        pass\n    y = i", 3, 9, "i may have no value here yet"},
    {"    while lanes > 5:\n        x = 1\n    y = x", 3, 9, "x may have no value here yet"},
    {"    x = x + 1", 1, 9, "x may have no value here yet"},
    {"    x += 1", 1, 5, "x is not known here"},
    {"    y = x\n    x = 1", 1, 9, "x may have no value here yet"},
    {"    print \"a\"", 1, 11, "expected `(`, as in print(\"...\"), found a text"},
    {"    print(\"{x\")", 1, 12, "this { has no other"},
    {"    print(\"x}\")", 1, 13, "this } has no other"},
    {"    print(\"{}\")", 1, 13, "no value between the braces"},
    {"    print(\"{1 2}\")", 1, 15, "expected `}`, found `2`"},
    {"    print(\"{1:d}\")", 1, 14, "a value is formatted by {x:.1f}, with 0 to 9 decimals"},
    {"    print(\"{1:.2f}\")", 1, 13, ":.2f is for durations"},
    {"    print(\"{sleep(1)}\")", 1, 13, "there is nothing to print: that call returns nothing"},
    {"    print(\"{nope}\")", 1, 13, "nope is not known here"},
    {"    print(1, 2)", 1, 12, "print takes one text"},
    {"    print(\"a\", 2)", 1, 14, "print takes one text"},
    {"    print(\"a\"", 1, 14, "expected `)`, found the end of the line"},
    {"    print(\"\303\251 {nope}\")", 1, 15, "nope is not known here"},
    {"    print(\"\"\"a\nb\"\"\")", 1, 11, "a text of several lines is for about"},
    {"    x = \"\"\"a\nb\"\"\"", 1, 9, "a text of several lines is for about"},
    {"    print(\"{(}\")", 1, 14, "expected a number, a name or `(`, found the end of the text"},
    {"    print()\n    print(,)", 2, 11, "expected a number, a name or `(`, found `,`"},
};

// The same where `shared g`, `shared a[4]`, `lock l` and `param N` are declared.
static const struct mistake mistakes_with_names[] = {
    {"    g++", 1, 6, "there is no ++"},
    {"    g--", 1, 6, "there is no --"},
    {"    g /= 2", 1, 7, "there is no /="},
    {"    g //= 2", 1, 7, "there is no //="},
    {"    g %= 2", 1, 7, "there is no %="},
    {"    gg += 1", 1, 5, "gg is not known here"},
    {"    x = N()", 1, 9, "N is a param and cannot be called"},
    {"    x = l", 1, 9, "l is a lock and has no value"},
    {"    x = a", 1, 9, "a is an array"},
    {"    x = g[1]", 1, 9, "g is no array"},
    {"    x = a[4]", 1, 11, "a has the elements 0 to 3"},
    {"    a[-1] = 2", 1, 7, "a has the elements 0 to 3"},
    {"    x = a[1s]", 1, 11, "an index is a number, not a duration"},
    {"    a.append(1)", 1, 6, "there are no methods"},
    {"    l.acquire()", 1, 6, "there are no methods"},
    {"    x = a[1", 1, 12, "expected `]`, found the end of the line"},
    {"    N = 4", 1, 5, "N cannot change"},
    {"    N += 4", 1, 5, "N cannot change"},
    {"    l = 4", 1, 5, "l is a lock and cannot get a value"},
    {"    a = 4", 1, 5, "a is an array"},
    {"    if g = 1:\n        pass", 1, 10, "= gives a value"},
    {"    while g = 1:\n        pass", 1, 13, "= gives a value"},
    {"    for g in range(2):\n        pass", 1, 9, "g is a shared variable already"},
    {"    with g:\n        pass", 1, 10, "g is no lock"},
    {"    acquire(l", 1, 14, "expected `)`, found the end of the line"},
    {"    wait l", 1, 10, "l is a lock"},
    {"    release g", 1, 13, "g is no lock"},
    {"    atomic g = 1", 1, 14, "expected +=, -= or *=, as in atomic x += 1, found `=`"},
    {"    atomic l += 1", 1, 12, "l is a lock and cannot get a value"},
    {"    atomic g += 2s", 1, 17, "the amount is a number, not a duration"},
    {"    g = 2s", 1, 5, "a shared variable holds a number, not a duration"},
    {"    g = \"a\"", 1, 5, "a shared variable holds a number, not a text"},
    {"    a[0] = sleep(1)", 1, 5, "a shared variable holds a number, not nothing"},
    {"    g += 1s", 1, 5, "a number cannot be changed by a duration"},
};

static struct lang_problems problems_of(const char *text)
{
    struct lang_problems problems;
    struct lang_options options = {0};
    struct program *prog = lang_compile("test", text, strlen(text), &options, &problems);
    if (prog)
        print_message("accepted:\n%s\n", text);
    assert_null(prog);
    assert_true(problems.n > 0);
    return problems;
}

static void check_mistake(const struct mistake *mistake, const char *text, uint32_t first_line)
{
    struct lang_problems problems = problems_of(text);
    const struct lang_problem *found = &problems.items[0];
    uint32_t line = mistake->line + first_line;
    bool is_same = found->line == line && found->column == mistake->column &&
                   strncmp(found->text, mistake->message, strlen(mistake->message)) == 0;
    if (!is_same)
        print_message("%s\n%u:%u %s\n", text, found->line, found->column, found->text);
    assert_true(is_same);
    assert_true(found->width >= 1);
}

static void scenarios(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes_of_scenarios); i++)
        check_mistake(&mistakes_of_scenarios[i], mistakes_of_scenarios[i].text, 0);
}

static void bodies(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < ARRAY_LEN(mistakes_of_bodies); i++) {
        snprintf(text, sizeof text, "def f():\n%s\nlane A = f()\n", mistakes_of_bodies[i].text);
        check_mistake(&mistakes_of_bodies[i], text, 1);
    }
}

static void bodies_with_names(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < ARRAY_LEN(mistakes_with_names); i++) {
        snprintf(text, sizeof text,
                 "shared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef f():\n%s\nlane A = f()\n",
                 mistakes_with_names[i].text);
        check_mistake(&mistakes_with_names[i], text, 5);
    }
}

// text with `unit` n times between head and tail. Newly allocated.
static char *repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t len = strlen(head) + strlen(unit) * n + strlen(tail);
    char *text = mem_alloc(len + 1);
    char *end = stpcpy(text, head);
    for (size_t i = 0; i < n; i++)
        end = stpcpy(end, unit);
    stpcpy(end, tail);
    return text;
}

static void check_repeated(const char *head, const char *unit, size_t n, const char *tail,
                           const char *message)
{
    char *text = repeated(head, unit, n, tail);
    struct lang_problems problems = problems_of(text);
    if (!strstr(problems.items[0].text, message))
        print_message("%s x %zu: %s\n", unit, n, problems.items[0].text);
    assert_non_null(strstr(problems.items[0].text, message));
    mem_free(text);
}

static void too_much_of_anything_is_refused(void **state)
{
    (void)state;
    static const char begin[] = "def f():\n    x = ";
    static const char function[] = "shared c = 0\ndef f():\n";
    check_repeated(begin, "(", 400, "1", "at most 100");
    check_repeated(begin, "(", 1000000, "", "at most 100");
    check_repeated(begin, "- ", 400, "1", "at most 100");
    check_repeated(begin, "not ", 400, "1", "at most 100");
    check_repeated(begin, "f(", 400, "1", "at most 100");
    check_repeated("shared a[2] = 0\ndef f():\n    x = ", "a[", 400, "1", "at most 100");
    check_repeated(begin, "1 + ", 201, "1", "200 operators");
    check_repeated("def f():\n    ", "if 1: ", 400, "pass", "lines of its own");
    check_repeated(function, "    c += 1\n", 60000, "lane A = f()\n", "too long; at most 100000");
    check_repeated(function, "    for i in range(2): c = 1\n", 16000, "lane A = f()\n",
                   "too many operations; at most 65536");
    check_repeated("lane f(x) for x in [", "1,", 1001, "1]\n", "at most 1000");
    check_repeated("", "\n", PROGRAM_SOURCE_MAX + 1, "", "at most 1048576 bytes");
    check_repeated("", "x\n", 500000, "", "begins no declaration");
    check_repeated("shared a[128] = 0\n", "def f():\n    print(\"{a} {lanes}\")\n", 1,
                   "lane A = f()\n", "too many values at once");
}

// Blocks inside each other, each deeper than the one before: one problem, however many.
static void deep_blocks_are_one_problem(void **state)
{
    (void)state;
    size_t cap = 0, len = 0;
    char *text = NULL;
    for (size_t depth = 0; depth < 400; depth++) {
        text = mem_room(text, &cap, len + 2 * depth + 40, 1);
        len += (size_t)sprintf(text + len, "%*s%s\n", (int)(2 * depth), "",
                               depth == 0 ? "def f():" : "if 1:");
    }
    len += (size_t)sprintf(text + len, "lane A = f()\n");
    struct lang_problems problems = problems_of(text);
    assert_int_equal(problems.n, 1);
    assert_int_equal(problems.items[0].line, 102);
    mem_free(text);
}

// As repeated, with a number in place of the # in each unit.
static char *numbered(const char *head, const char *unit, int n, const char *tail)
{
    size_t cap = 0, len = 0;
    char *text = NULL;
    text = mem_room(text, &cap, strlen(head) + 1, 1);
    len = (size_t)sprintf(text, "%s", head);
    for (int i = 0; i < n; i++) {
        text = mem_room(text, &cap, len + 100, 1);
        int before = (int)strcspn(unit, "#");
        len += (size_t)snprintf(text + len, 100, "%.*s%d%s", before, unit, i, unit + before + 1);
    }
    text = mem_room(text, &cap, len + strlen(tail) + 1, 1);
    strcpy(text + len, tail);
    return text;
}

static void check_numbered(const char *head, const char *unit, int n, const char *tail,
                           const char *message)
{
    char *text = numbered(head, unit, n, tail);
    struct lang_problems problems = problems_of(text);
    if (!strstr(problems.items[0].text, message))
        print_message("%s: %s\n", unit, problems.items[0].text);
    assert_non_null(strstr(problems.items[0].text, message));
    mem_free(text);
}

static void limits_are_named(void **state)
{
    (void)state;
    static const char rest[] = "def f():\n    pass\nlane A = f()\n";
    check_numbered("", "lock l#\n", 65, rest, "too many locks; at most 64");
    check_numbered("", "shared s# = 0\n", 1025, rest, "at most 1024");
    check_numbered("", "def g#():\n    pass\n", 256, rest, "too many functions; at most 256");
    check_numbered("", "expect # == 1\n", 256, rest, "too many functions; at most 256");
    check_numbered("def f():\n", "    v# = 1\n", 101, "lane A = f()\n", "at most 100");
    check_numbered("def f():\n    pass\n", "lane L# = f()\n", 1001, "",
                   "too many lanes; at most 1000");
    check_numbered("shared c = 0\ndef f():\n", "    c = #\n", 32768, "lane A = f()\n",
                   "too many different numbers; at most 32767");
}

static void mistakes_are_counted_and_kept_in_order(void **state)
{
    (void)state;
    char *text = numbered("", "x#\n", 25, "");
    struct lang_problems problems = problems_of(text);
    assert_int_equal(problems.n, LANG_PROBLEMS_MAX);
    assert_int_equal(problems.n_more, 15);
    for (uint32_t i = 0; i < LANG_PROBLEMS_MAX; i++)
        assert_int_equal(problems.items[i].line, i + 1);
    mem_free(text);
    // The checker finds the last line first.
    problems = problems_of("def f():\n    x = nope\nlane A = f()\nparam p = 1s\n");
    assert_int_equal(problems.n, 2);
    assert_int_equal(problems.items[0].line, 2);
    assert_int_equal(problems.items[1].line, 4);
}

static void what_stands_in_a_broken_line_is_not_unknown(void **state)
{
    (void)state;
    struct lang_problems problems =
        problems_of("shared total == 0\ndef g(:\n    pass\ndef f():\n    total += 1\n    g()\n"
                    "    if total = 1:\n        x = 1\n    print(\"{x}\")\nlane A = f()\n");
    assert_int_equal(problems.n, 3);
    assert_int_equal(problems.items[0].line, 1);
    assert_int_equal(problems.items[1].line, 2);
    assert_int_equal(problems.items[2].line, 7);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"\0", 1, 1, 1, "zero byte"},
        {"a\n\tb\0c", 6, 2, 6, "zero byte"},
        {"\xff\xfe", 2, 1, 1, "not UTF-8"},
        {"x\n\xc3\xa9\xc3", 5, 2, 2, "not UTF-8"},
        {"\x7f"
         "ELF\x02\x01\x01",
         7, 1, 1, "has no meaning here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lang_problems problems;
        struct lang_options options = {0};
        assert_null(lang_compile("t", cases[i].bytes, cases[i].len, &options, &problems));
        assert_int_equal(problems.items[0].line, cases[i].line);
        assert_int_equal(problems.items[0].column, cases[i].column);
        assert_non_null(strstr(problems.items[0].text, cases[i].message));
    }
}

static void check_shown(const char *text, const char *file, const char *expected)
{
    struct lang_problems problems = problems_of(text);
    char *shown = lang_problems_text(&problems, file, text, strlen(text));
    assert_string_equal(shown, expected);
    mem_free(shown);
}

static void problems_are_shown_with_their_line(void **state)
{
    (void)state;
    check_shown(
        "def f():\n\tx = \"\xe2\x80\xae\" + nope\r\nlane A = f()\n", "a\x1b.lane",
        "a\xef\xbf\xbd.lane:2:15: error: nope is not known here; declare it with shared or param, "
        "or give it a value first\n"
        "        x = \"\xef\xbf\xbd\" + nope\n"
        "                  ^~~~\n");
    check_shown("", "x",
                "x:1:1: error: no lanes: a scenario needs at least one, for example lane A = f()\n"
                "    \n    ^\n");
    struct lang_problems problems = {.n = 1, .items = {{0, 0, 1, "no place"}}, .n_more = 3};
    char *shown = lang_problems_text(&problems, "x", "", 0);
    assert_string_equal(shown, "x: error: no place\nx: and 3 more\n");
    mem_free(shown);
}

// A long line is shown around the place, and the caret stands under it.
static void long_lines_are_cut(void **state)
{
    (void)state;
    char *text = repeated("def f():\n    x = 1", " + 1", 150, " + nope\nlane A = f()\n");
    struct lang_problems problems = problems_of(text);
    char *shown = lang_problems_text(&problems, "x", text, strlen(text));
    const char *caret = strstr(shown, "^~~~\n");
    const char *line = strstr(shown, "\n    ");
    assert_non_null(caret);
    const char *start = caret;
    while (start[-1] != '\n')
        start--;
    assert_true(strncmp(line + 1 + (caret - start), "nope", 4) == 0);
    assert_true(strlen(shown) < 400);
    mem_free(shown);
    mem_free(text);
}

static void options_are_checked(void **state)
{
    (void)state;
    static const char text[] = "param N = 1\ndef f():\n    pass\nlane A = f()\n";
    static const struct lang_setting setting = {"M", 3};
    static const struct {
        struct lang_options options;
        const char *message;
    } cases[] = {
        {{.mode = "fast"}, "unknown mode fast; choose sequential"},
        {{.gil = "3.8"}, "unknown gil 3.8; choose off"},
        {{.memory = "none"}, "unknown memory none; choose private"},
        {{.mode = "processes"}, "mode processes comes with a later version"},
        {{.mode = "pool"}, "mode pool comes with a later version"},
        {{.gil = "3.9"}, "gil 3.9 comes with a later version"},
        {{.n_lanes = -1}, "--lanes is 1 to 1000"},
        {{.n_lanes = 1001}, "--lanes is 1 to 1000"},
        {{.settings = &setting, .n_settings = 1}, "--set M: the scenario has no param"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lang_problems problems;
        assert_null(lang_compile("t", text, strlen(text), &cases[i].options, &problems));
        assert_int_equal(problems.n, 1);
        assert_int_equal(problems.items[0].line, 0);
        assert_non_null(strstr(problems.items[0].text, cases[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios),
        cmocka_unit_test(bodies),
        cmocka_unit_test(bodies_with_names),
        cmocka_unit_test(too_much_of_anything_is_refused),
        cmocka_unit_test(deep_blocks_are_one_problem),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(mistakes_are_counted_and_kept_in_order),
        cmocka_unit_test(what_stands_in_a_broken_line_is_not_unknown),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(problems_are_shown_with_their_line),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
