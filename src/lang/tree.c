#include "lang/tree.h"

#include "base/mem.h"

#include <string.h>

enum { CHUNK_NODES = 256 };

struct node *tree_add(struct tree *tree, enum node_kind kind, struct place at)
{
    size_t chunk = tree->n_nodes / CHUNK_NODES;
    if (chunk == tree->n_chunks) {
        tree->chunks =
            mem_room(tree->chunks, &tree->cap_chunks, tree->n_chunks + 1, sizeof *tree->chunks);
        tree->chunks[tree->n_chunks++] = mem_array(CHUNK_NODES, sizeof(struct node));
    }
    struct node *node = &tree->chunks[chunk][tree->n_nodes++ % CHUNK_NODES];
    node->kind = (uint8_t)kind;
    node->at = at;
    return node;
}

void tree_free(struct tree *tree)
{
    for (size_t i = 0; i < tree->n_chunks; i++)
        mem_free(tree->chunks[i]);
    mem_free(tree->chunks);
}

// FNV-1a.
static uint32_t hash(const char *text, size_t len_bytes)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < len_bytes; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619U;
    return h;
}

static void place_name(struct names *names, uint32_t number)
{
    const char *text = names->texts[number];
    size_t slot = hash(text, strlen(text)) & (names->n_slots - 1);
    while (names->slots[slot])
        slot = (slot + 1) & (names->n_slots - 1);
    names->slots[slot] = number + 1;
}

// Keeps at least half of the table free.
static void grow_table(struct names *names)
{
    mem_free(names->slots);
    names->n_slots = names->n_slots ? names->n_slots * 2 : 256;
    names->slots = mem_array(names->n_slots, sizeof *names->slots);
    for (uint32_t i = 0; i < names->n; i++)
        place_name(names, i);
}

uint32_t names_add(struct names *names, const char *text, size_t len_bytes)
{
    if (names->n * 2 >= names->n_slots)
        grow_table(names);
    size_t slot = hash(text, len_bytes) & (names->n_slots - 1);
    for (; names->slots[slot]; slot = (slot + 1) & (names->n_slots - 1)) {
        const char *known = names->texts[names->slots[slot] - 1];
        if (strlen(known) == len_bytes && memcmp(known, text, len_bytes) == 0)
            return names->slots[slot] - 1;
    }
    size_t cap = names->cap;
    names->texts = mem_room(names->texts, &cap, names->n + 1, sizeof *names->texts);
    names->is_lost = mem_room(names->is_lost, &names->cap, names->n + 1, sizeof *names->is_lost);
    names->texts[names->n] = mem_text_n(text, len_bytes);
    names->is_lost[names->n] = false;
    names->slots[slot] = (uint32_t)++names->n;
    return (uint32_t)names->n - 1;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        mem_free(names->texts[i]);
    mem_free(names->texts);
    mem_free(names->is_lost);
    mem_free(names->slots);
}
