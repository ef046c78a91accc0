/* Writing trees as YAML and JSON.
 *
 * Invariants: 1. what is written reads back to the same tree: kinds, keys, texts and what a scalar reads as (a plain scalar that YAML can't hold plain is written in
 * quotes; such a one never reads as a number, bool or null); 2. a list or map goes in flow style when it fits in FLOW_COLUMNS, else in blocks. */
#include "base/tree_internal.h"

#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

enum { FLOW_COLUMNS = 100, INDENT = 2 };

/* --- scalars --- */

/* Whether the text may stand plain in both styles, read back as it is. Stricter than YAML, so that it is easily seen to be right. */
static bool may_be_plain(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || strchr(" \t,[]{}#&*!|>'\"%@`?:", text[0]) || text[length - 1] == ' ' || text[length - 1] == ':') return false;
    if (text[0] == '-' && !(text[1] >= '0' && text[1] <= '9') && text[1] != '.') return false;
    if (strncmp(text, "---", 3) == 0 || strncmp(text, "...", 3) == 0 || strcmp(text, "<<") == 0 || strcmp(text, "=") == 0) return false;
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t size = orr_utf8_decode(text + i, length - i, &code);
        if (size == 0 || code < 32 || (code >= 0x7F && code < 0xA1) || code == 0x2028 || code == 0x2029 || code == 0xFEFF || code >= 0xFFFE) return false;
        if (strchr(",[]{}?\"", (int)(code < 128 ? code : 'a'))) return false;
        if (code == ':' && strchr(" ,[]{}", text[i + 1])) return false;
        if (code == ' ' && (text[i + 1] == '#' || text[i + 1] == ' ')) return false;
        i += size;
    }
    return true;
}

static void append_quoted(orr_text *out, const char *text)
{
    size_t length = strlen(text);
    orr_text_append(out, "\"");
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t size = orr_utf8_decode(text + i, length - i, &code);
        if (code == '"' || code == '\\') orr_text_printf(out, "\\%c", (int)code);
        else if (code == '\n') orr_text_append(out, "\\n");
        else if (code == '\t') orr_text_append(out, "\\t");
        else if (size == 0) orr_text_append(out, "\\uFFFD");
        else if (code < 32 || (code >= 0x7F && code <= 0xA0)) orr_text_printf(out, "\\x%02X", (unsigned)code);
        else if (code == 0x2028 || code == 0x2029 || code == 0xFEFF || code == 0xFFFE || code == 0xFFFF) orr_text_printf(out, "\\u%04X", (unsigned)code);
        else orr_text_append_bytes(out, text + i, size);
        i += size ? size : 1;
    }
    orr_text_append(out, "\"");
}

/* Whether the text, plain, would read as something other than text. */
static bool reads_as_value(const char *text)
{
    orr_node plain = {.kind = ORR_NODE_SCALAR, .scalar = text};
    double number;
    bool flag;
    return orr_text_is_null(text) || orr_node_as_double(&plain, &number) || orr_node_as_bool(&plain, &flag);
}

static void append_scalar(orr_text *out, const orr_node *node)
{
    if (node->kind == ORR_NODE_NULL) orr_text_append(out, "null");
    else if (may_be_plain(node->scalar) && !(node->quoted && reads_as_value(node->scalar))) orr_text_append(out, node->scalar);
    else append_quoted(out, node->scalar);
}

static void append_key(orr_text *out, const char *key)
{
    if (may_be_plain(key)) orr_text_append(out, key);
    else append_quoted(out, key);
}

/* --- flow style --- */

static bool is_collection(const orr_node *node) { return node->kind == ORR_NODE_LIST || node->kind == ORR_NODE_MAP; }

/* Writes on one line; false as soon as that takes more than `limit_bytes` in all of `out`. */
static bool append_flow(orr_text *out, const orr_node *node, size_t limit_bytes)
{
    if (!is_collection(node)) {
        append_scalar(out, node);
        return out->length_bytes <= limit_bytes;
    }
    bool is_map = node->kind == ORR_NODE_MAP;
    orr_text_append(out, is_map ? "{" : "[");
    for (const orr_node *child = node->first; child; child = child->next) {
        if (child != node->first) orr_text_append(out, ", ");
        if (is_map) {
            append_key(out, child->key);
            orr_text_append(out, ": ");
        }
        if (!append_flow(out, child, limit_bytes)) return false;
    }
    orr_text_append(out, is_map ? "}" : "]");
    return out->length_bytes <= limit_bytes;
}

/* Maps that hold collections are easier to read in blocks; lists of pairs are not. */
static bool may_flow(const orr_node *node)
{
    if (node->kind == ORR_NODE_LIST) return true;
    for (const orr_node *child = node->first; child; child = child->next)
        if (is_collection(child) && child->child_count) return false;
    return true;
}

static bool append_short_flow(orr_text *out, const orr_node *node, int columns)
{
    size_t mark = out->length_bytes;
    if (!node->first || (may_flow(node) && columns > 0 && append_flow(out, node, mark + (size_t)columns))) {
        if (!node->first) orr_text_append(out, node->kind == ORR_NODE_MAP ? "{}" : "[]");
        return true;
    }
    out->length_bytes = mark;
    out->bytes[mark] = 0;
    return false;
}

/* --- blocks --- */

static void append_indent(orr_text *out, int indent)
{
    for (int i = 0; i < indent; i++) orr_text_append(out, " ");
}

/* Writes the children in blocks. The first stands where the line is; each ends its line. */
static void append_block(orr_text *out, const orr_node *node, int indent)
{
    for (const orr_node *child = node->first; child; child = child->next) {
        if (child != node->first) append_indent(out, indent);
        size_t line_start = out->length_bytes;
        if (node->kind == ORR_NODE_MAP) {
            append_key(out, child->key);
            orr_text_append(out, ": ");
        } else {
            orr_text_append(out, "- ");
        }
        int columns = FLOW_COLUMNS - indent - (int)(out->length_bytes - line_start);
        if (!is_collection(child)) {
            append_scalar(out, child);
            orr_text_append(out, "\n");
        } else if (append_short_flow(out, child, columns)) {
            orr_text_append(out, "\n");
        } else if (node->kind == ORR_NODE_MAP) {
            out->bytes[out->length_bytes - 1] = '\n';       /* in place of the space */
            append_indent(out, indent + INDENT);
            append_block(out, child, indent + INDENT);
        } else {
            append_block(out, child, indent + INDENT);
        }
    }
}

void orr_tree_write_yaml(const orr_node *root, orr_text *out)
{
    if (!is_collection(root)) append_scalar(out, root);
    else if (!root->first) orr_text_append(out, root->kind == ORR_NODE_MAP ? "{}" : "[]");
    else { append_block(out, root, 0); return; }
    orr_text_append(out, "\n");
}

/* --- JSON --- */

/* JSON's grammar of numbers is narrower than ours: no "+5", ".5", "5." or "007". */
static bool is_json_number(const char *text)
{
    if (*text == '-') text++;
    if (*text < '0' || *text > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9')) return false;
    const char *dot = strchr(text, '.');
    return !dot || (dot[1] >= '0' && dot[1] <= '9');
}

static void append_json_string(orr_text *out, const char *text)
{
    orr_json json = orr_json_begin(out, false);
    orr_json_string(&json, text);
}

static void append_json_scalar(orr_text *out, const orr_node *node)
{
    double number;
    bool flag;
    char buffer[32];
    if (node->kind == ORR_NODE_NULL) orr_text_append(out, "null");
    else if (orr_node_as_bool(node, &flag)) orr_text_append(out, flag ? "true" : "false");
    else if (!orr_node_as_double(node, &number)) append_json_string(out, node->scalar);
    else orr_text_append(out, is_json_number(node->scalar) ? node->scalar : orr_double_shortest(number, buffer));
}

void orr_tree_write_json(const orr_node *root, orr_text *out)
{
    if (!is_collection(root)) { append_json_scalar(out, root); return; }
    bool is_map = root->kind == ORR_NODE_MAP;
    orr_text_append(out, is_map ? "{" : "[");
    for (const orr_node *child = root->first; child; child = child->next) {
        if (child != root->first) orr_text_append(out, ",");
        if (is_map) {
            append_json_string(out, child->key);
            orr_text_append(out, ":");
        }
        orr_tree_write_json(child, out);
    }
    orr_text_append(out, is_map ? "}" : "]");
}
