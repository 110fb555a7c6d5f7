//! Server-sent events (WHATWG HTML §9.2): only their data; ids, names and retry times are not used.

use std::collections::VecDeque;
use std::error::Error;

use futures::stream::{self, BoxStream};

use super::ApiError;

/// The longest event, and the longest line, in bytes.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// The data of the events in a response.
pub(super) fn stream(response: reqwest::Response, server: String) -> BoxStream<'static, Result<String, ApiError>> {
    struct State {
        response: reqwest::Response,
        reader: Reader,
        ready: VecDeque<String>,
        server: String,
    }
    let state = State { response, reader: Reader::default(), ready: VecDeque::new(), server };
    Box::pin(stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        loop {
            if let Some(event) = state.ready.pop_front() {
                return Some((Ok(event), Some(state)));
            }
            match state.response.chunk().await {
                Ok(None) => return None,
                Ok(Some(piece)) => match state.reader.push(&piece) {
                    Some(events) => state.ready.extend(events),
                    None => {
                        let reason = format!("an event has more than {MAX_EVENT_BYTES} bytes");
                        return Some((Err(ApiError::NotUnderstood { server: state.server, reason }), None));
                    }
                },
                Err(error) => return Some((Err(transport(&state.server, &error)), None)),
            }
        }
    }))
}

/// The innermost reason; the outer ones repeat the URL.
pub(super) fn transport(server: &str, error: &reqwest::Error) -> ApiError {
    let mut reason = if error.is_timeout() { "no answer in time".to_owned() } else { "connection failed".to_owned() };
    let mut cause = error.source();
    while let Some(error) = cause {
        reason = error.to_string();
        cause = error.source();
    }
    ApiError::Unreachable { server: server.to_owned(), reason }
}

/// Puts events together from pieces that end anywhere, also within a character or between CR and LF.
#[derive(Debug, Default)]
struct Reader {
    line: Vec<u8>,
    data: Option<String>,
    is_after_cr: bool,
}

impl Reader {
    /// The events that this piece completes; none if one gets too long.
    fn push(&mut self, piece: &[u8]) -> Option<Vec<String>> {
        let mut events = Vec::new();
        for byte in piece {
            let is_end = matches!(byte, b'\n' | b'\r');
            if !is_end {
                self.line.push(*byte);
            } else if !(*byte == b'\n' && self.is_after_cr) {
                events.extend(self.end_line());
            }
            self.is_after_cr = *byte == b'\r';
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT_BYTES {
                return None;
            }
        }
        Some(events)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.data.take();
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_9_2_6_events_are_put_together_however_they_are_cut() {
        let cases: [(&str, &[&str]); 8] = [
            ("data: a\n\n", &["a"]),
            ("data: a\r\n\r\ndata:b\r\rdata:  c\n\n", &["a", "b", " c"]),
            ("data: a\ndata\ndata: b\n\n", &["a\n\nb"]),
            (": keep alive\n\ndata: 数据\n\n", &["数据"]),
            ("event: x\nid: 7\nretry: 5\ndata: a\n\n", &["a"]),
            ("event: x\n\n", &[]),
            ("data\n\n", &[""]),
            ("data: cut off\n", &[]),
        ];
        for (text, expect) in cases {
            for size in 1..=text.len() {
                let mut reader = Reader::default();
                let found: Vec<_> =
                    text.as_bytes().chunks(size).flat_map(|piece| reader.push(piece).unwrap()).collect();
                assert_eq!(found, expect, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_event_without_end_is_cut() {
        let long = vec![b'a'; MAX_EVENT_BYTES + 1];
        assert!(Reader::default().push(&long).is_none());
        let mut reader = Reader::default();
        let lines = b"data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(MAX_EVENT_BYTES / 50);
        assert!(reader.push(&lines).is_none());
    }
}
