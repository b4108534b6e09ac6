//! Making a topic. rdkafka's own call gives the error's code only; what the broker says of it, such as how many brokers there are, is
//! what a user needs to read.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::ptr;
use std::time::Duration;

use rdkafka::bindings;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::failure::from_code;
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::topic::NewTopic;

/// Creates a topic and waits for the answer; false if it was there already.
pub fn create_topic<C: ClientContext>(client: &Client<C>, topic: &NewTopic, timeout: Duration) -> Result<bool, BrokerError> {
    let what = format!("creating topic {}", topic.name);
    let request = Request::new(topic).ok_or_else(|| {
        BrokerError::new(ErrorKind::InvalidTopic, format!("{what}: name, partitions, replicas or configuration cannot be sent"))
    })?;
    let (code, text) = request.send(client, timeout);
    match (code, text) {
        (Code::NoError, _) => Ok(true),
        (Code::TopicAlreadyExists, _) => Ok(false),
        (code, Some(text)) => Err(from_code(&what, code).with_message(text)),
        (code, None) => Err(from_code(&what, code)),
    }
}

/// A topic to make, in librdkafka's form.
struct Request(*mut bindings::rd_kafka_NewTopic_t);

impl Request {
    /// None: librdkafka refuses it.
    fn new(topic: &NewTopic) -> Option<Self> {
        let name = CString::new(topic.name.as_str()).ok()?;
        let (partitions, replicas) = (topic.partitions, i32::from(topic.replication_factor));
        // SAFETY: the name outlives the call, which copies it; without a buffer for errors none is written.
        let made = unsafe { bindings::rd_kafka_NewTopic_new(name.as_ptr(), partitions, replicas, ptr::null_mut(), 0) };
        if made.is_null() {
            return None;
        }
        // From here on dropping it destroys what was made.
        let request = Self(made);
        for (key, value) in &topic.config {
            let (key, value) = (CString::new(key.as_str()).ok()?, CString::new(value.as_str()).ok()?);
            // SAFETY: the topic is live, and both texts outlive the call, which copies them.
            let code = unsafe { bindings::rd_kafka_NewTopic_set_config(request.0, key.as_ptr(), value.as_ptr()) };
            if Code::from(code) != Code::NoError {
                return None;
            }
        }
        Some(request)
    }

    /// Sends it: the answer's code, and what the broker said.
    fn send<C: ClientContext>(mut self, client: &Client<C>, timeout: Duration) -> (Code, Option<String>) {
        let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: options, queue and event are made here and destroyed here, after their last use; client and topic outlive the call.
        unsafe {
            let rk = client.native_ptr();
            let options = bindings::rd_kafka_AdminOptions_new(rk, bindings::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS);
            bindings::rd_kafka_AdminOptions_set_request_timeout(options, millis, ptr::null_mut(), 0);
            // The answer comes when all brokers know the topic, so that whoever writes to it next finds it.
            bindings::rd_kafka_AdminOptions_set_operation_timeout(options, millis, ptr::null_mut(), 0);
            let queue = bindings::rd_kafka_queue_new(rk);
            bindings::rd_kafka_CreateTopics(rk, &mut self.0, 1, options, queue);
            let event = bindings::rd_kafka_queue_poll(queue, millis);
            let answer = match event.is_null() {
                true => (Code::OperationTimedOut, None),
                false => answer(event),
            };
            if !event.is_null() {
                bindings::rd_kafka_event_destroy(event);
            }
            bindings::rd_kafka_queue_destroy(queue);
            bindings::rd_kafka_AdminOptions_destroy(options);
            answer
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // SAFETY: it was made by rd_kafka_NewTopic_new and is destroyed nowhere else.
        unsafe { bindings::rd_kafka_NewTopic_destroy(self.0) };
    }
}

/// Code and text of the one topic in an answer.
///
/// # Safety
/// `event` is a live event.
unsafe fn answer(event: *mut bindings::rd_kafka_event_t) -> (Code, Option<String>) {
    // SAFETY: the caller's event is live, and what is read of it is borrowed from it; `count` bounds `topics`, null ones are tested for.
    unsafe {
        let code = Code::from(bindings::rd_kafka_event_error(event));
        if code != Code::NoError {
            return (code, text(bindings::rd_kafka_event_error_string(event)));
        }
        let result = bindings::rd_kafka_event_CreateTopics_result(event);
        if result.is_null() {
            return (Code::BadMessage, None);
        }
        let mut count = 0;
        let topics = bindings::rd_kafka_CreateTopics_result_topics(result, &mut count);
        if count == 0 {
            return (Code::BadMessage, None);
        }
        let code = Code::from(bindings::rd_kafka_topic_result_error(*topics));
        (code, text(bindings::rd_kafka_topic_result_error_string(*topics)))
    }
}

/// # Safety
/// `text` is null or a C string that lives until this returns.
unsafe fn text(text: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_cannot_be_sent_is_refused_here() {
        assert!(Request::new(&NewTopic::new("a\0b")).is_none());
        assert!(Request::new(&NewTopic { partitions: -7, ..NewTopic::new("a") }).is_none());
        let mut topic = NewTopic::new("a");
        assert!(Request::new(&topic).is_some());
        topic.config.insert("cleanup.policy".to_owned(), "\0".to_owned());
        assert!(Request::new(&topic).is_none());
    }
}
