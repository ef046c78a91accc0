/* The limits of base, each with its reason. They are far above honest use and keep a wrong or hostile file from taking the machine. */
#ifndef ORR_BASE_LIMITS_H
#define ORR_BASE_LIMITS_H

enum {
    ORR_MAX_TREE_DEPTH = 64,                /* of nested maps and lists: studies nest about six deep; walks of a tree recurse */
    ORR_MAX_KEY_BYTES = 240,                /* of a map's key: YAML allows 1024 characters on a line, and a written byte takes up to four */
    ORR_MAX_ALIASED_NODES = 100000,         /* copies made for aliases in a document: stops "a billion laughs" */
    ORR_MAX_FILE_BYTES = 256 * 1024 * 1024, /* of a file read whole, after decompression: larger ones are read by lines */
    ORR_MAX_LINE_BYTES = 16 * 1024 * 1024,  /* of a line in a stream: a trace's record is below 1 MiB */
    ORR_EXCERPT_COLUMNS = 100               /* of a source line shown in a diagnostic: terminals are at least 100 wide with the margin cut */
};

#endif
