#include "export/vt_private.h"

#include "base/text.h"

#include <string.h>
#include <wchar.h>

// What bytes mean.

enum { ESCAPE = 0x1b, BELL = 7, TAB_COLUMNS = 8 };

static void control(struct vt *vt, char byte)
{
    switch (byte) {
    case '\b':
        vt_move(vt, vt->x - 1, vt->y);
        break;
    case '\t':
        vt_move(vt, (vt->x / TAB_COLUMNS + 1) * TAB_COLUMNS, vt->y);
        break;
    case '\n':
    case '\v':
    case '\f':
        vt_line_feed(vt);
        break;
    case '\r':
        vt_move(vt, 0, vt->y);
        break;
    case ESCAPE:
        vt->state = VT_ESCAPE;
        break;
    default:
        break;
    }
}

// One whole character. What is not printable in one column has a substitute, which takes the
// columns that the character would have taken.
static void character(struct vt *vt, const char *utf8, size_t len_bytes, uint32_t code)
{
    char safe[8];
    size_t len = text_safe(safe, sizeof(safe), utf8, len_bytes);
    bool is_safe = len == len_bytes && memcmp(safe, utf8, len) == 0;
    int columns = is_safe || code == UINT32_MAX ? 1 : wcwidth((wchar_t)code);
    // A mark on the character before it, or something that is never seen.
    if (columns == 0)
        return;
    vt_put(vt, safe, len, columns == 2 ? 2 : 1);
}

// The bytes of a character are gathered until it is whole, or cannot be.
static void text_byte(struct vt *vt, char byte)
{
    uint32_t code;
    vt->partial[vt->n_partial++] = byte;
    unsigned char lead = (unsigned char)vt->partial[0];
    size_t needed = lead < 0xc2 || lead > 0xf4 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool goes_on = vt->n_partial == 1 || ((unsigned char)byte & 0xc0) == 0x80;
    if (goes_on && vt->n_partial < needed)
        return;
    size_t n = goes_on ? vt->n_partial : vt->n_partial - 1;
    text_decode(vt->partial, n, &code);
    character(vt, vt->partial, code == UINT32_MAX ? 1 : n, code);
    vt->n_partial = 0;
    if (!goes_on)
        text_byte(vt, byte);
}

// What is left of a character that was broken off.
static void end_text(struct vt *vt)
{
    if (vt->n_partial > 0)
        character(vt, vt->partial, 1, UINT32_MAX);
    vt->n_partial = 0;
}

static void begin_csi(struct vt *vt)
{
    vt->state = VT_CSI;
    vt->n_parameters = 1;
    vt->parameters[0] = -1;
    vt->prefix = '\0';
    vt->is_strange = false;
}

static void save_cursor(struct vt *vt)
{
    vt->saved_x = vt->x;
    vt->saved_y = vt->y;
    vt->saved_pen = vt->pen;
}

static void reverse_line_feed(struct vt *vt)
{
    if (vt->y == vt->top)
        vt_scroll(vt, vt->top, vt->bottom, -1);
    else
        vt_move(vt, vt->x, vt->y - 1);
}

static void escape_byte(struct vt *vt, char byte)
{
    vt->state = VT_GROUND;
    if (byte == '[')
        begin_csi(vt);
    else if (byte != '\0' && strchr("]P_^X", byte))
        vt->state = VT_STRING;
    else if (byte != '\0' && strchr("()*+-./#% ", byte))
        vt->state = VT_ESCAPE_SKIP;
    else if (byte == '7')
        save_cursor(vt);
    else if (byte == '8') {
        vt_move(vt, vt->saved_x, vt->saved_y);
        vt->pen = vt->saved_pen;
    } else if (byte == 'M')
        reverse_line_feed(vt);
    else if (byte == 'D' || byte == 'E') {
        vt_line_feed(vt);
        vt->x = byte == 'E' ? 0 : vt->x;
    } else if (byte == 'c')
        vt_reset(vt);
    else if (byte == ESCAPE)
        vt->state = VT_ESCAPE;
}

static void digit(struct vt *vt, int value)
{
    int *parameter = &vt->parameters[vt->n_parameters - 1];
    int next = (*parameter < 0 ? 0 : *parameter) * 10 + value;
    *parameter = next < VT_PARAMETER_MAX ? next : VT_PARAMETER_MAX;
}

static void csi_byte(struct vt *vt, char byte)
{
    if (byte >= '0' && byte <= '9')
        digit(vt, byte - '0');
    else if (byte == ';' || byte == ':') {
        // Those that find no room go into the last.
        if (vt->n_parameters < VT_PARAMETERS_MAX)
            vt->n_parameters++;
        vt->parameters[vt->n_parameters - 1] = -1;
    } else if (byte >= '<' && byte <= '?')
        vt->prefix = byte;
    else if (byte >= 0x20 && byte < 0x30)
        vt->is_strange = true;
    else if (byte >= 0x40 && byte <= 0x7e) {
        vt->state = VT_GROUND;
        if (!vt->is_strange)
            vt_csi(vt, byte);
    } else if (byte == ESCAPE)
        vt->state = VT_ESCAPE;
    else if (byte == 0x18 || byte == 0x1a)
        vt->state = VT_GROUND;
    else
        control(vt, byte);
}

static void byte_in(struct vt *vt, char byte)
{
    bool is_control = (unsigned char)byte < 0x20 || byte == 0x7f;
    switch (vt->state) {
    case VT_GROUND:
        if (is_control) {
            end_text(vt);
            control(vt, byte);
        } else {
            text_byte(vt, byte);
        }
        return;
    case VT_ESCAPE:
        escape_byte(vt, byte);
        return;
    case VT_ESCAPE_SKIP:
        vt->state = VT_GROUND;
        return;
    case VT_CSI:
        csi_byte(vt, byte);
        return;
    case VT_STRING:
        vt->state = byte == BELL ? VT_GROUND : byte == ESCAPE ? VT_STRING_ESCAPE : VT_STRING;
        return;
    case VT_STRING_ESCAPE:
        vt->state = VT_GROUND;
        if (byte != '\\')
            escape_byte(vt, byte);
        return;
    }
}

void vt_write(struct vt *vt, const char *bytes, size_t len_bytes)
{
    for (size_t i = 0; i < len_bytes; i++)
        byte_in(vt, bytes[i]);
}
