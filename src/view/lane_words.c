#include "view/lane_words.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/pool.h"

#include <string.h>

// For whom a lane waits, in fewer words where the name is long.
static void waits_text(const char *name, int columns, char *out, size_t size)
{
    text_format(out, size, "waits for %s", name);
    if ((int)text_columns(out) > columns)
        text_format(out, size, "waits: %s", name);
}

// Nobody owns a semaphore: what the lane waits for is the thing itself.
static void blocked_words(const struct scene *scene, const struct session_lane *l, int columns,
                          char *out, size_t size)
{
    const struct program *prog = scene->view->prog;
    bool has_lock = l->waits_for < prog->n_locks;
    bool is_semaphore = has_lock && prog->locks[l->waits_for].type == LOCK_SEMAPHORE;
    if (l->owner < scene->view->n_lanes && !is_semaphore)
        waits_text(lane_name(scene, l->owner), columns, out, size);
    else
        text_format(out, size, "waits: %s", has_lock ? prog->locks[l->waits_for].name : "lock");
}

// What a dead lane had held, as far as its session knows: "guard"; "" for nothing.
static void held_by(const struct session_lane *l, char *out, size_t size)
{
    static const char holding[] = " holding ";
    const char *held = strstr(l->death, holding);
    held = held ? held + strlen(holding) : "";
    text_format(out, size, "%.*s", (int)strcspn(held, ","), held);
}

static void killed_words(const struct session_lane *l, int columns, char *out, size_t size)
{
    static const char *const ways[] = {"died holding %s", "died with %s", "died: %s"};
    char held[64];
    held_by(l, held, sizeof(held));
    text_format(out, size, "killed");
    for (size_t i = 0; held[0] != '\0' && i < ARRAY_LEN(ways); i++) {
        text_format(out, size, ways[i], held);
        if ((int)text_columns(out) <= columns)
            return;
    }
}

// A worker of a pool is known by the input it works on.
static bool item_words(const struct scene *scene, const struct session_lane *l, int columns,
                       char *out, size_t size)
{
    const struct program *prog = scene->view->prog;
    bool is_working =
        l->state == LANE_RUNNING || l->state == LANE_SLEEPING || l->state == LANE_PREEMPTED;
    char item[POOL_TEXT];
    if (!is_working || l->item >= prog->pool.n_items)
        return false;
    pool_item_text(prog, l->item, columns, item);
    text_format(out, size, "%s", item);
    return true;
}

static void sleep_words(const struct scene *scene, const struct session_lane *l, char *out,
                        size_t size)
{
    uint64_t now_ns = scene->view->now_ns;
    char left[24];
    time_text(left, l->sleep_until_ns > now_ns ? l->sleep_until_ns - now_ns : 0, NS_PER_S / 10);
    text_format(out, size, "sleep %s", left);
}

// What a lane holds that holds a lock: its name where there is but one.
static const char *held_lock(const struct program *prog)
{
    const char *name = NULL;
    size_t n = 0;
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_MUTEX) {
            name = prog->locks[i].name;
            n++;
        }
    return n == 1 ? name : "a lock";
}

void lane_status_words(const struct scene *scene, size_t lane, int columns, char *out, size_t size)
{
    static const char *const words[LANE_STATE_COUNT] = {
        [LANE_NEW] = "not started",   [LANE_RUNNING] = "running", [LANE_PAUSED] = "paused",
        [LANE_STOPPED] = "stopped",   [LANE_GIL] = "waits: GIL",  [LANE_PREEMPTED] = "no core free",
        [LANE_FINISHED] = "finished", [LANE_FAILED] = "failed",
    };
    const struct session_view *view = scene->view;
    const struct session_lane *l = &view->lanes[lane];
    if (item_words(scene, l, columns, out, size))
        return;
    if (l->state == LANE_HOLDING)
        text_format(out, size, "holds %s", held_lock(view->prog));
    else if (l->state == LANE_BLOCKED)
        blocked_words(scene, l, columns, out, size);
    else if (l->state == LANE_SLEEPING)
        sleep_words(scene, l, out, size);
    else if (l->state == LANE_JOINING)
        text_format(out, size, "joins %s",
                    l->waits_for < view->n_lanes ? lane_name(scene, l->waits_for) : "");
    else if (l->state == LANE_KILLED)
        killed_words(l, columns, out, size);
    else
        text_format(out, size, "%s", words[l->state]);
}

static const struct session_lane *last_dead(const struct scene *scene)
{
    const struct session_view *view = scene->view;
    return view->n_deaths > 0 && view->last_dead < view->n_lanes ? &view->lanes[view->last_dead]
                                                                 : NULL;
}

void death_words(const struct scene *scene, int columns, char *out, size_t size)
{
    const struct session_lane *dead = last_dead(scene);
    char how[96];
    out[0] = '\0';
    if (!dead)
        return;
    killed_words(dead, columns - (int)text_columns(dead->name) - 1, how, sizeof(how));
    if (scene->view->n_deaths > 1)
        text_format(out, size, "%s %s, %zu more died", dead->name, how, scene->view->n_deaths - 1);
    if (scene->view->n_deaths == 1 || (int)text_columns(out) > columns)
        text_format(out, size, "%s %s", dead->name, how);
}

void death_sentence(const struct scene *scene, int columns, char *out, size_t size)
{
    const struct session_lane *dead = last_dead(scene);
    char more[40] = "";
    out[0] = '\0';
    if (!dead)
        return;
    const char *how = dead->death[0] != '\0' ? dead->death : "killed";
    if (scene->view->n_deaths > 1)
        text_format(more, sizeof(more), ", and %zu more", scene->view->n_deaths - 1);
    text_format(out, size, "%s was %s%s", dead->name, how, more);
    // What was left half done gives way to how many died.
    if ((int)text_columns(out) > columns)
        text_format(out, size, "%s was %.*s%s", dead->name, (int)strcspn(how, ","), how, more);
    if ((int)text_columns(out) > columns)
        death_words(scene, columns, out, size);
}
