#ifndef SUPPORT_CONFORM_SCENARIOS_H
#define SUPPORT_CONFORM_SCENARIOS_H

// Scenarios whose runs are recorded: CPU only, small, in which real lanes get in each other's way.
#include "lang/library.h"
#include "support_random_program.h"
#include "support_scenario.h"
#include "support_scenario_condition.h"

// Lanes begin together, or the first has ended before the last is there: they look for each other
// for a while.
#define TOGETHER                                                                                   \
    "shared ready = 0\n"                                                                           \
    "def meet():\n"                                                                                \
    "    atomic ready += 1\n"                                                                      \
    "    tries = 0\n"                                                                              \
    "    while ready < lanes and tries < 1000:\n"                                                  \
    "        tries += 1\n"

static const char conform_race[] = "param N = 50\n" TOGETHER "shared counter = 0\n"
                                   "lock guard\n"
                                   "def increment():\n"
                                   "    meet()\n"
                                   "    for _ in range(N):\n"
                                   "        with guard:\n"
                                   "            counter += 1\n"
                                   "lane A = increment()\n"
                                   "lane B = increment()\n"
                                   "after:\n"
                                   "    print(\"Final Counter: {counter}\")\n";

// What the shipped `bank` does, without sleeps.
static const char conform_bank[] = "param N = 50\n" TOGETHER "shared balance = 80\n"
                                   "shared paid_in = 0\n"
                                   "shared taken[2] = 0\n"
                                   "lock guard\n"
                                   "def machine(number):\n"
                                   "    meet()\n"
                                   "    for _ in range(N):\n"
                                   "        with guard:\n"
                                   "            if balance >= 80:\n"
                                   "                balance -= 80\n"
                                   "                taken[number] += 80\n"
                                   "def employer():\n"
                                   "    meet()\n"
                                   "    for _ in range(N):\n"
                                   "        with guard:\n"
                                   "            balance += 80\n"
                                   "            paid_in += 80\n"
                                   "lane A = machine(0)\n"
                                   "lane B = machine(1)\n"
                                   "lane Wages = employer()\n"
                                   "after:\n"
                                   "    print(\"{paid_in} {taken[0]} {taken[1]}\\n{balance}\")\n"
                                   "always balance >= 0\n";

static const char conform_peterson[] =
    "param N = 50\n" TOGETHER "shared flag[2] = 0\n"
    "shared turn = 0\n"
    "shared counter = 0\n"
    "def enter(me):\n"
    "    meet()\n"
    "    for _ in range(N):\n"
    "        flag[me] = 1\n"
    "        turn = 1 - me\n"
    "        tries = 0\n"
    "        while flag[1 - me] == 1 and turn == 1 - me and tries < 20:\n"
    "            tries += 1\n"
    "        counter += 1\n"
    "        flag[me] = 0\n"
    "lane A = enter(0)\n"
    "lane B = enter(1)\n"
    "after:\n"
    "    print(\"{counter}\")\n";

// A ring of three places, filled and emptied by semaphores.
static const char conform_buffer[] = "param N = 50\n"
                                     "shared place[3] = 0\n"
                                     "shared sum = 0\n"
                                     "semaphore free = 3\n"
                                     "semaphore full = 0\n"
                                     "def producer():\n"
                                     "    for i in range(N):\n"
                                     "        wait free\n"
                                     "        place[i % 3] = i\n"
                                     "        post full\n"
                                     "def consumer():\n"
                                     "    for i in range(N):\n"
                                     "        wait full\n"
                                     "        sum += place[i % 3]\n"
                                     "        post free\n"
                                     "lane A = producer()\n"
                                     "lane B = consumer()\n"
                                     "after:\n"
                                     "    print(\"{sum}\")\n";

static const char conform_semaphore[] = "param N = 50\n" TOGETHER "shared counter = 0\n"
                                        "semaphore places = 2\n"
                                        "def visit(me):\n"
                                        "    meet()\n"
                                        "    for n in range(N):\n"
                                        "        wait places\n"
                                        "        counter += 1\n"
                                        "        post places\n"
                                        "        if n % 16 == 0:\n"
                                        "            print(\"{me}:\\n{n} {counter}\")\n"
                                        "lane A = visit(0)\n"
                                        "lane B = visit(1)\n"
                                        "lane C = visit(2)\n";

static const char conform_pool[] = "param N = 50\n"
                                   "shared counter = 0\n"
                                   "lock guard\n"
                                   "def cube(x):\n"
                                   "    for _ in range(N):\n"
                                   "        with guard:\n"
                                   "            counter += x\n"
                                   "    return x * x * x\n"
                                   "pool 4 results = cube(x) for x in [1, 2, 3, 4, 5, 6, 7, 8]\n"
                                   "after:\n"
                                   "    print(\"Cubes: {results}, {counter}\")\n";

// The statements that are done again have loads beside that of the cell.
static const char conform_again[] = "param N = 50\n" TOGETHER "shared total = 0\n"
                                    "shared step = 1\n"
                                    "shared row[3] = 1\n"
                                    "lock guard\n"
                                    "def work(me):\n"
                                    "    meet()\n"
                                    "    for n in range(N):\n"
                                    "        with guard:\n"
                                    "            total += step + row[n % 3]\n"
                                    "        with guard:\n"
                                    "            row[n % 3] = (row[n % 3] + step) % 100\n"
                                    "        step = n % 5\n"
                                    "        atomic total += 1\n"
                                    "lane A = work(0)\n"
                                    "lane B = work(1)\n"
                                    "lane C = work(2)\n";

// Locks by name, inside each other, and lanes that end with an error.
static const char conform_locks[] = "param N = 50\n" TOGETHER "shared x = 0\n"
                                    "shared y = 0\n"
                                    "shared row[2] = 0\n"
                                    "lock outer\n"
                                    "lock inner\n"
                                    "def work(me):\n"
                                    "    meet()\n"
                                    "    for n in range(N):\n"
                                    "        acquire(outer)\n"
                                    "        x += random(1, 6)\n"
                                    "        with inner:\n"
                                    "            y = y + x % 7\n"
                                    "        release(outer)\n"
                                    "        with inner:\n"
                                    "            y -= 1\n"
                                    "            if me == 2 and n == 10:\n"
                                    "                row[me] = 1\n"
                                    "lane A = work(0)\n"
                                    "lane B = work(1)\n"
                                    "lane C = work(2)\n";

// What the shipped `readers` does, without sleeps.
static const char conform_readers_text[] =
    "param N = 50\n" TOGETHER "shared readers = 0\n"
    "shared writing = 0\n"
    "shared left = 0\n"
    "shared right = 0\n"
    "shared torn = 0\n"
    "lock room\n"
    "condition changed with room\n"
    "def read():\n"
    "    meet()\n"
    "    for _ in range(N):\n"
    "        with room:\n"
    "            while writing:\n"
    "                wait changed\n"
    "            readers += 1\n"
    "        seen = left\n"
    "        is_torn = seen != right\n"
    "        with room:\n"
    "            readers -= 1\n"
    "            torn += is_torn\n"
    "            notify_all changed\n"
    "def write():\n"
    "    meet()\n"
    "    for _ in range(N):\n"
    "        with room:\n"
    "            while writing or readers > 0:\n"
    "                wait changed\n"
    "            writing = 1\n"
    "        left += 1\n"
    "        right += 1\n"
    "        with room:\n"
    "            writing = 0\n"
    "            notify_all changed\n"
    "lane A = read()\n"
    "lane B = read()\n"
    "lane C = write()\n"
    "lane D = write()\n"
    "after:\n"
    "    print(\"{left} changes, seen half done {torn} times\")\n"
    "always not (writing and readers > 0)\n";

struct conform_scenario {
    const char *name; // of one that ships when there is no text
    const char *text;
    int64_t n_lanes_max; // 0: as written
    bool has_n;
    bool must_meet; // ends only where all lanes run at once and share their memory
};

static const struct conform_scenario conform_scenarios[] = {
    {"race-like", conform_race, 4, true, false},
    {"again", conform_again, 4, true, false},
    {"bank-like", conform_bank, 0, true, false},
    {"peterson-like", conform_peterson, 0, true, false},
    {"buffer", conform_buffer, 0, true, false},
    {"semaphore", conform_semaphore, 4, true, false},
    {"pool-like", conform_pool, 4, true, false},
    {"locks", conform_locks, 4, true, false},
    {"condition buffer", buffer_text, 0, true, true},
    {"condition queue", queue_text, 0, false, true},
    {"condition broken", broken_text, 0, false, true},
    {"readers-like", conform_readers_text, 0, true, true},
    {"race", NULL, 4, true, false},
    {"race-call", NULL, 4, true, false},
    {"pool", NULL, 4, false, false},
    {"buffer", NULL, 0, true, true},
};

static inline const char *conform_text(const struct conform_scenario *scenario)
{
    return scenario->text ? scenario->text : library_find(scenario->name)->text;
}

#endif
