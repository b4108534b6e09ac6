//! HTTP without a sandbox, for a plugin's native tests: each exchange on a thread of its own.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use ::http::{Request, Response};
use ureq::{Agent, RequestExt};

use super::Timeouts;
use crate::error::Error;

type Answer = Result<Response<ureq::Body>, Error>;

#[derive(Debug)]
pub struct Exchange {
    answers: Receiver<Answer>,
    answer: Option<Answer>,
}

pub struct Body(ureq::BodyReader<'static>);

pub fn send(request: Request<Vec<u8>>, timeouts: Timeouts) -> Result<Exchange, Error> {
    if request.uri().scheme().is_none() || request.uri().authority().is_none() {
        return Err(Error::connect(format!("{} has no scheme and host", request.uri())));
    }
    let (sender, answers) = channel();
    std::thread::spawn(move || {
        let url = request.uri().to_string();
        let configured = request.with_agent(agent()).configure();
        let configured = configured.timeout_connect(timeouts.connect).timeout_recv_response(timeouts.first_byte);
        let answer = configured.run().map_err(|error| Error::retriable(format!("{url}: {error}")));
        // Nobody waits for it any more: it is dropped, and its connection with it.
        let _ = sender.send(answer);
    });
    Ok(Exchange { answers, answer: None })
}

/// Keeps connections.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into())
}

impl Exchange {
    pub fn wait(&mut self, most: Duration) -> bool {
        if self.answer.is_none() {
            self.answer = match self.answers.recv_timeout(most) {
                Ok(answer) => Some(answer),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Err(Error::retriable("the request's thread is gone"))),
            };
        }
        self.answer.is_some()
    }

    pub fn response(mut self) -> Result<Response<Body>, Error> {
        while !self.wait(Duration::from_secs(1)) {}
        let answer = self.answer.unwrap_or_else(|| Err(Error::retriable("there is no answer")))?;
        Ok(answer.map(|body| Body(body.into_reader())))
    }
}

impl Body {
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::Read::read(&mut self.0, buffer)
    }
}
