use super::*;

fn provider(protocol: Protocol) -> Provider {
    Provider::new(protocol, "http://127.0.0.1:1/v1", "m")
}

#[test]
fn thoughts_are_only_taken_off_where_the_model_is_known_for_them() {
    let body = br#"{"choices":[{"finish_reason":"stop","message":{"content":"<think>a</think>{}"}}]}"#;
    let mut chat = provider(Protocol::Chat);
    assert_eq!(reply(&chat, body).unwrap().text, "<think>a</think>{}");
    chat.thinks_aloud = true;
    assert_eq!(reply(&chat, body).unwrap().text, "{}");
}

#[test]
fn only_final_text_counts() {
    let body = br#"{"status":"completed","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"x"}]},
        {"type":"message","content":[{"type":"output_text","text":"{}"}]}]}"#;
    assert_eq!(reply(&provider(Protocol::Responses), body).unwrap().text, "{}");
    let body =
        br#"{"stop_reason":"end_turn","content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"{}"}]}"#;
    assert_eq!(reply(&provider(Protocol::Messages), body).unwrap().text, "{}");
    let body = br#"{"choices":[{"finish_reason":"stop","message":{"content":null,"reasoning_content":"{}"}}]}"#;
    assert!(reply(&provider(Protocol::Chat), body).is_err());
}
