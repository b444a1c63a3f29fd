#include "export/cast_read.h"
#include "export/vt.h"

#include <stdio.h>

// Any bytes are read as a recording, and what they hold is played; any bytes are written to the
// terminal that is none.

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void play(struct cast_reader *reader)
{
    struct cast_event event;
    int w, h;
    cast_reader_size(reader, &w, &h);
    struct vt *vt = vt_new(w, h);
    while (cast_read(reader, &event) == CAST_EVENT) {
        if (event.code == 'r' && cast_event_size(&event, &w, &h))
            vt_resize(vt, w, h);
        else if (event.code == 'o')
            vt_write(vt, event.bytes, event.len_bytes);
    }
    vt_free(vt);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err;
    struct vt *vt = vt_new(1 + (int)(size % 40), 1 + (int)(size % 7));
    vt_write(vt, (const char *)bytes, size);
    vt_free(vt);
    FILE *in = size > 0 ? fmemopen((void *)bytes, size, "r") : NULL;
    struct cast_reader *reader = in ? cast_reader_new(in, "fuzz", &err) : NULL;
    if (reader)
        play(reader);
    cast_reader_free(reader);
    if (in)
        fclose(in);
    return 0;
}
