//! What statements of SQL call: a closed world where the functions are known, which is SQLite's shell, and PostgreSQL's
//! functions that concern the server.

use super::sql_tokens::Token;

/// Functions of SQLite and its shell that compute from what they are given and from the database. ("Built-In Scalar SQL
/// Functions", "Date And Time Functions", "Aggregate Functions", "Window Functions", "Math Functions", "JSON Functions", "FTS5",
/// "R*Tree", "Command Line Shell"; not `edit`, `load_extension`, `readfile`, `sha3_query`, `writefile`, `zipfile`.)
const COMPUTES: &str = "\
    abs acos acosh asin asinh atan atan2 atanh auxiliary avg base64 base85 bm25 cast ceil ceiling changes char coalesce concat \
    concat_ws cos cosh count cume_dist current_date current_time current_timestamp date datetime decimal decimal_add \
    decimal_cmp decimal_collate decimal_exp decimal_mul decimal_pow2 decimal_sub decimal_sum degrees dense_rank exp \
    first_value floor format fts5_source_id generate_series glob group_concat hex highlight ieee754 ieee754_exponent \
    ieee754_from_blob ieee754_mantissa ieee754_to_blob if ifnull iif instr is_base85 json json_array json_array_insert \
    json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert json_object \
    json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb jsonb_array \
    jsonb_array_insert jsonb_each jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch \
    jsonb_remove jsonb_replace jsonb_set jsonb_tree julianday lag last_insert_rowid last_value lead length like likelihood \
    likely ln log log10 log2 lower ltrim match matchinfo max median min mod nth_value ntile nullif octet_length offsets \
    percent_rank percentile percentile_cont percentile_disc pi pow power printf quote radians random randomblob rank regexp \
    regexpi replace round row_number rtreecheck rtreedepth rtreenode rtrim sha1 sha1b sha3 sha3_agg sign sin sinh snippet \
    soundex sqlar_compress sqlar_uncompress sqlite_compileoption_get sqlite_compileoption_used sqlite_offset sqlite_source_id \
    sqlite_version sqrt strftime string_agg strtod substr substring subtype sum tan tanh time timediff total total_changes \
    trim trunc typeof uint unhex unicode unistr unistr_quote unixepoch unlikely upper zeroblob";

/// Words that may stand in front of a parenthesis and call nothing, and types of columns.
const NAMES_NOTHING: &str = "\
    add all always and as between by check columns conflict default distinct else escape end except exists filter foreign from having in \
    intersect is isnull join key limit materialized not notnull offset on or over partition primary query raise references \
    returning select set then union unique using values when where within \
    bigint binary bit blob boolean character dec decimal double float int integer mediumint nchar number numeric nvarchar \
    real smallint text timestamp tinyint varbinary varchar varchar2 varying";

/// Beginnings of functions of PostgreSQL that concern the server, and only ask. ("System Information Functions", "System
/// Administration Functions")
const ASKS_SERVER: &str = "\
    pg_available_ pg_backend_pid pg_blocking_ pg_char pg_client_ pg_collation_ pg_column_ pg_conf_ pg_config pg_control_ \
    pg_conversion_is pg_current_ pg_cursor pg_database_ pg_describe_ pg_encoding pg_filenode pg_function_is pg_get_ pg_has_role \
    pg_identify_ pg_index pg_is_ pg_jit_ pg_last_ pg_listening_ pg_lock_status pg_mcv_ pg_my_ pg_notification_queue_usage \
    pg_opclass_is pg_operator_is pg_opfamily_is pg_options_ pg_other_ pg_partition_ pg_postmaster_ pg_prepared_ \
    pg_relation_ pg_replication_origin_oid pg_safe_ pg_sequence pg_settings_get pg_show_ pg_size_ pg_sleep pg_stat_get_ \
    pg_stat_statements pg_statistics_ pg_table pg_tables pg_timezone_ pg_total_ pg_trigger_ pg_ts_ pg_type pg_wal_lsn_ \
    pg_walfile_ pg_xact_";

fn among(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a function is one of PostgreSQL's that concern the server, and is not known only to ask.
pub(super) fn changes_server(name: &str) -> bool {
    let begins = |known: &str| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    begins("pg_") && !ASKS_SERVER.split_ascii_whitespace().any(begins)
}

/// Whether the name here, with a parenthesis behind it, calls what SQLite is not known to have.
pub(super) fn is_unknown(tokens: &[Token<'_>], i: usize) -> bool {
    let (name, bare) = match tokens.get(i) {
        Some(Token::Word(name)) => (*name, true),
        Some(Token::Text(name)) => (*name, false),
        _ => return false,
    };
    // Functions of this kind there are only for settings that are asked for. ("PRAGMA functions")
    let setting = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("pragma_"));
    let known = setting || among(COMPUTES, name) || (bare && among(NAMES_NOTHING, name));
    !known && !is_named(tokens, i)
}

/// Whether the name here, with a parenthesis behind it, is that of a table, an index, a module or a setting.
fn is_named(tokens: &[Token<'_>], i: usize) -> bool {
    let at = |i: usize| tokens.get(i).copied();
    let before = |i: usize| i.checked_sub(1).and_then(at);
    // `main.name`
    let start = if before(i) == Some(Token::Sign(b'.')) { i.saturating_sub(2) } else { i };
    let Some(before) = before(start) else { return false };
    let defines = at(0).is_some_and(|token| token.any(&["create", "alter"]));
    let indexes = defines && (1..3).any(|i| at(i).is_some_and(|token| token.word("index")));
    before.any(&["into", "with", "recursive", "pragma"])
        || (defines && before.any(&["table", "exists", "references", "using"]))
        || (indexes && before.word("on"))
        || is_common_table(tokens, i)
}

/// Whether `name (…)` is followed by `AS (`, or `AS [NOT] MATERIALIZED (`: a table of this statement.
fn is_common_table(tokens: &[Token<'_>], i: usize) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(i + 1) {
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            // Names of columns, and nothing that computes.
            Token::Word(_) | Token::Text(_) | Token::Sign(b',') if depth == 1 => {}
            _ => return false,
        }
        if depth == 0 {
            let behind = |ahead: usize| tokens.get(at + ahead).copied();
            let opens = |token: Token<'_>| token == Token::Sign(b'(') || token.any(&["not", "materialized"]);
            return behind(1).is_some_and(|token| token.word("as")) && behind(2).is_some_and(opens);
        }
    }
    false
}
