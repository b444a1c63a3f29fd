#include "trace/page_code.h"

#include "base/mem.h"

#include <string.h>

// --- the node

static void sum_pack(struct packer *p, const struct sum *sum)
{
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        pack_u64(p, sum->state_ns[i]);
    for (size_t i = 0; i < MARK_COUNT; i++)
        pack_u64(p, sum->marks[i]);
    pack_u64(p, sum->gap_events);
}

static void sum_unpack(struct unpacker *u, struct sum *sum)
{
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        sum->state_ns[i] = unpack_u64(u);
    for (size_t i = 0; i < MARK_COUNT; i++)
        sum->marks[i] = unpack_u64(u);
    sum->gap_events = unpack_u64(u);
}

void node_pack(struct packer *p, const struct node *node)
{
    pack_u64(p, node->t_ns);
    pack_u64(p, node->page);
    pack_u64(p, node->walker.locks_held);
    pack_u64(p, (uint64_t)node->walker.state | (uint64_t)node->walker.state_before << 8);
    sum_pack(p, &node->before);
}

void node_unpack(struct unpacker *u, struct node *node)
{
    node->t_ns = unpack_u64(u);
    node->page = unpack_u64(u);
    node->walker = (struct walker){.locks_held = unpack_u64(u)};
    uint64_t states = unpack_u64(u);
    node->walker.state = (uint8_t)states;
    node->walker.state_before = (uint8_t)(states >> 8);
    u->has_failed |= node->walker.state >= LANE_STATE_COUNT ||
                     node->walker.state_before >= LANE_STATE_COUNT || states >> 16;
    sum_unpack(u, &node->before);
}

// --- events, field by field

enum field {
    FIELD_T,
    FIELD_VALUE,
    FIELD_TURN,
    FIELD_REPLACED,
    FIELD_PC,
    FIELD_OBJECT,
    FIELD_KIND,
    FIELD_FLAGS,
    FIELD_COUNT
};

// So that what is a little below 0 is near what is a little above.
#define MIDDLE (UINT64_C(1) << 63)

static inline uint64_t value_of(const struct event *event, enum field field)
{
    switch (field) {
    case FIELD_T:
        return event->t_ns;
    case FIELD_VALUE:
        return (uint64_t)event->value ^ MIDDLE;
    case FIELD_TURN:
        return event->turn;
    case FIELD_REPLACED:
        return event->replaced;
    case FIELD_PC:
        return event->pc;
    case FIELD_OBJECT:
        return event->object;
    case FIELD_KIND:
        return event->kind;
    case FIELD_FLAGS:
        return event->flags;
    case FIELD_COUNT:
        break;
    }
    return 0;
}

static inline void set_value(struct event *event, enum field field, uint64_t value)
{
    switch (field) {
    case FIELD_T:
        event->t_ns = value;
        break;
    case FIELD_VALUE:
        event->value = (int64_t)(value ^ MIDDLE);
        break;
    case FIELD_TURN:
        event->turn = (uint32_t)value;
        break;
    case FIELD_REPLACED:
        event->replaced = (uint32_t)value;
        break;
    case FIELD_PC:
        event->pc = (uint16_t)value;
        break;
    case FIELD_OBJECT:
        event->object = (uint16_t)value;
        break;
    case FIELD_KIND:
        event->kind = (uint8_t)value;
        break;
    case FIELD_FLAGS:
        event->flags = (uint8_t)value;
        break;
    case FIELD_COUNT:
        break;
    }
}

static size_t width_of(uint64_t range)
{
    return range == 0 ? 0 : range < 1u << 8 ? 1 : range < 1u << 16 ? 2 : range >> 32 == 0 ? 4 : 8;
}

static void put_four(unsigned char *at, uint64_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
    at[2] = (unsigned char)(value >> 16);
    at[3] = (unsigned char)(value >> 24);
}

static inline void narrow(const uint64_t *values, size_t width, size_t n, uint64_t least,
                          unsigned char *at)
{
    if (width == 1)
        for (size_t i = 0; i < n; i++)
            at[i] = (unsigned char)(values[i] - least);
    else if (width == 2)
        for (size_t i = 0; i < n; i++) {
            at[2 * i] = (unsigned char)(values[i] - least);
            at[2 * i + 1] = (unsigned char)((values[i] - least) >> 8);
        }
    else if (width == 4)
        for (size_t i = 0; i < n; i++)
            put_four(at + 4 * i, values[i] - least);
    else if (width == 8)
        for (size_t i = 0; i < n; i++) {
            put_four(at + 8 * i, values[i] - least);
            put_four(at + 8 * i + 4, (values[i] - least) >> 32);
        }
}

static inline __attribute__((always_inline)) void
field_pack(struct packer *p, const struct event *events, size_t n, enum field field)
{
    uint64_t values[TIMELINE_PAGE];
    uint64_t least = n ? value_of(&events[0], field) : 0, most = least;
    values[0] = least;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = value_of(&events[i], field);
        values[i] = value;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    size_t width = width_of(most - least);
    pack_u64(p, least);
    unsigned char *at = pack_room(p, 1 + n * width);
    at[0] = (unsigned char)width;
    narrow(values, width, n, least, at + 1);
}

// Inline, so that each field has loops of its own, and those of a full page a length that is known.
static inline __attribute__((always_inline)) void fields_pack(struct packer *p,
                                                              const struct event *events, size_t n)
{
    field_pack(p, events, n, FIELD_T);
    field_pack(p, events, n, FIELD_VALUE);
    field_pack(p, events, n, FIELD_TURN);
    field_pack(p, events, n, FIELD_REPLACED);
    field_pack(p, events, n, FIELD_PC);
    field_pack(p, events, n, FIELD_OBJECT);
    field_pack(p, events, n, FIELD_KIND);
    field_pack(p, events, n, FIELD_FLAGS);
}

void page_pack(struct packer *p, const struct node *node, const struct event *events, size_t n)
{
    node_pack(p, node);
    if (n == TIMELINE_PAGE)
        fields_pack(p, events, TIMELINE_PAGE);
    else
        fields_pack(p, events, n);
}

static uint64_t four(const unsigned char *at)
{
    return at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
}

static inline __attribute__((always_inline)) void widen(const unsigned char *at, size_t width,
                                                        size_t n, uint64_t least,
                                                        struct event *events, enum field field)
{
    if (width == 0)
        for (size_t i = 0; i < n; i++)
            set_value(&events[i], field, least);
    else if (width == 1)
        for (size_t i = 0; i < n; i++)
            set_value(&events[i], field, least + at[i]);
    else if (width == 2)
        for (size_t i = 0; i < n; i++)
            set_value(&events[i], field, least + (at[2 * i] | (uint64_t)at[2 * i + 1] << 8));
    else if (width == 4)
        for (size_t i = 0; i < n; i++)
            set_value(&events[i], field, least + four(at + 4 * i));
    else
        for (size_t i = 0; i < n; i++)
            set_value(&events[i], field, least + little_endian_8(at + 8 * i));
}

static inline __attribute__((always_inline)) void
field_unpack(struct unpacker *u, struct event *events, size_t n, enum field field)
{
    uint64_t least = unpack_u64(u);
    unsigned char width;
    unpack_bytes(u, &width, 1);
    if (u->has_failed || width > 8 || (width & (width - 1)) || n * width > u->len - u->at) {
        u->has_failed = true;
        return;
    }
    widen(u->bytes + u->at, width, n, least, events, field);
    u->at += n * width;
}

// Inline as fields_pack is: every column of a picture reads a page.
static void fields_unpack(struct unpacker *u, struct event *events, size_t n)
{
    field_unpack(u, events, n, FIELD_T);
    field_unpack(u, events, n, FIELD_VALUE);
    field_unpack(u, events, n, FIELD_TURN);
    field_unpack(u, events, n, FIELD_REPLACED);
    field_unpack(u, events, n, FIELD_PC);
    field_unpack(u, events, n, FIELD_OBJECT);
    field_unpack(u, events, n, FIELD_KIND);
    field_unpack(u, events, n, FIELD_FLAGS);
}

static bool is_sound(const struct node *node, const struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (events[i].kind >= EVENT_KIND_COUNT ||
            events[i].t_ns < (i ? events[i - 1].t_ns : node->t_ns))
            return false;
    return n == 0 || events[0].t_ns == node->t_ns;
}

bool page_unpack(const unsigned char *bytes, size_t len, uint16_t lane, size_t n, struct node *node,
                 struct event *events)
{
    struct unpacker u = {.bytes = bytes, .len = len};
    node_unpack(&u, node);
    if (n > TIMELINE_PAGE)
        return false;
    fields_unpack(&u, events, n);
    if (u.has_failed || u.at != len)
        return false;
    for (size_t i = 0; i < n; i++)
        events[i].lane = lane;
    return is_sound(node, events, n);
}
