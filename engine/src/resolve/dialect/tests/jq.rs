//! jq filters and yq expressions.

use super::{never_plain, plain, table};
use guardian_rules::Role::Jq;

#[test]
fn computes_only() {
    plain(
        Jq,
        &[
            "",
            ".",
            ".a.b",
            ".scripts",
            "to_entries[] | \"\\(.key)=\\(.value)\"",
            ".[] | select(.env == \"prod\")",
            ".env",
            ".env.HOME",
            "{env: 1, import: 2}",
            "{a, b: .c}",
            "map(.x + 1e3 - .5)",
            "\"env $ENV \\(\"import\")\"",
            "reduce .[] as $x (0; . + $x)",
            "def f(g; $y): g + $y; f(.a; 1)",
            "# env\n.a",
            ".a # env",
            "@base64 \"x\\(.a)\"",
            "@sh",
            "input_filename, input_line_number, $__loc__",
            ".a?.b? // \"x\" | ascii_downcase",
            "[paths(..)]",
            "if .a then .b elif .c then .d else empty end",
            "try error(\"x\") catch .",
            ".[\"a b\"], .\"c\"",
            "..|numbers",
            "label $out | foreach .[] as $i (0; .+1; if . > 3 then ., break $out else . end)",
            "$ENV.HOME",
            "env.PATH",
            "$ENV[\"USER\"]",
            ".a[1:3] |= map(.b //= 2)",
            "with_entries(.value |= tostring)",
            "\"\\(\"\\(1)\")\"",
            "getpath([\"a\",\"b\"])",
            "limit(3; .[])",
            ".dependencies | keys[] | select(startswith(\"@types/\"))",
            "group_by(.x)[] | {k: .[0].x, n: length}",
            "$x.y as [$a, {b: $c}] | $a",
        ],
    );
}

#[test]
fn reaches_out() {
    table(
        Jq,
        &[
            ("env", &["reveal environment"]),
            ("$ENV", &["reveal environment"]),
            ("$ ENV", &["reveal environment"]),
            ("env.AWS_SECRET_ACCESS_KEY", &["reveal variable AWS"]),
            ("$ENV.GITHUB_TOKEN", &["reveal variable GITHUB_TOKEN"]),
            ("\"\\(env)\"", &["reveal environment"]),
            ("env | .HOME", &["reveal environment"]),
            ("$ENV[\"X\" + \"Y\"]", &["reveal environment"]),
            ("{a: env}", &["reveal environment"]),
            ("# x\nenv", &["reveal environment"]),
            ("import \"m\" as m; .", &["unknown"]),
            ("include \"m\"; .", &["unknown"]),
            (".a = load(\"other.yml\")", &["read other.yml"]),
            ("secrets.yaml", &["read secrets.yaml"]),
            ("/home/dev/.docker/config.json", &["read /home/dev/.docker/config.json"]),
            ("strenv(HOME)", &[]),
            ("env(API_TOKEN)", &["reveal variable API_TOKEN"]),
            ("(.. | select(tag == \"!!str\")) |= envsubst", &["reveal environment"]),
        ],
    );
}

#[test]
fn not_known() {
    never_plain(
        Jq,
        &[
            "\"",
            "\"\\(",
            "(",
            "]",
            "foo",
            "system(\"id\")",
            "eval(.a)",
            "load(.f)",
            "load_str(\"a\\u002f\")",
            "# \\\n\"\nenv #\"",
            "m::f",
            ".a\"|load_str(\".env\").b\"",
            ".a#b|load(\"x\")",
            "`x`",
            "$",
            "modulemeta",
            "{\"a\": env}",
            "[env, 1]",
            "{(env): 1}",
            "'x'",
        ],
    );
}
