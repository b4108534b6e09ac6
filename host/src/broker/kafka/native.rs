//! The calls into librdkafka that rdkafka's safe interface lacks. Each is one foreign call on pointers that rdkafka keeps alive.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::bindings;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedHeaders;

use crate::broker::record::Header;

/// Sends what lingers and waits until every record had its delivery report, without polling here: rdkafka's own `flush` polls
/// on the calling thread, and two polling threads would deliver acks out of order.
pub fn flush<C: ClientContext>(client: &Client<C>, timeout: Duration) -> Result<(), RDKafkaErrorCode> {
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the client owns a live rd_kafka_t for as long as it is borrowed; rd_kafka_flush is thread-safe.
    let code = unsafe { bindings::rd_kafka_flush(client.native_ptr(), millis) };
    match RDKafkaErrorCode::from(code) {
        RDKafkaErrorCode::NoError => Ok(()),
        error => Err(error),
    }
}

/// Messages in librdkafka's hands that have had no delivery report yet.
pub fn outstanding<C: ClientContext>(client: &Client<C>) -> i32 {
    // SAFETY: as for `flush`.
    unsafe { bindings::rd_kafka_outq_len(client.native_ptr()) }
}

/// The `client.id` of every member of a group, asked of its coordinator alone; an unknown group has none.
pub fn group_members<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    timeout: Duration,
) -> Result<Vec<String>, RDKafkaErrorCode> {
    let name = CString::new(group).map_err(|_| RDKafkaErrorCode::InvalidArgument)?;
    let request = |queue: *mut bindings::rd_kafka_queue_t| {
        let mut names = [name.as_ptr()];
        // SAFETY: the client and the name outlive the call, which copies the name; the queue is live.
        unsafe {
            bindings::rd_kafka_DescribeConsumerGroups(client.native_ptr(), names.as_mut_ptr(), 1, std::ptr::null(), queue);
        }
    };
    // SAFETY: the event is live while it is read, and what is read of it is copied.
    match answered(client, timeout, request, |event| unsafe { member_clients(event) }) {
        Err(RDKafkaErrorCode::GroupIdNotFound) => Ok(Vec::new()),
        other => other,
    }
}

/// The members of the one group in an answer.
///
/// # Safety
/// `event` is a live event.
unsafe fn member_clients(event: *mut bindings::rd_kafka_event_t) -> Result<Vec<String>, RDKafkaErrorCode> {
    // SAFETY: the caller's event is live, and what is read of it is borrowed from it; counts bound groups and members.
    unsafe {
        let answer = bindings::rd_kafka_event_DescribeConsumerGroups_result(event);
        if answer.is_null() {
            return Err(RDKafkaErrorCode::BadMessage);
        }
        let mut count = 0;
        let groups = bindings::rd_kafka_DescribeConsumerGroups_result_groups(answer, &mut count);
        if count == 0 {
            return Ok(Vec::new());
        }
        let group = *groups;
        let error = bindings::rd_kafka_ConsumerGroupDescription_error(group);
        if !error.is_null() {
            match RDKafkaErrorCode::from(bindings::rd_kafka_error_code(error)) {
                RDKafkaErrorCode::NoError => {}
                code => return Err(code),
            }
        }
        let members = 0..bindings::rd_kafka_ConsumerGroupDescription_member_count(group);
        let ids = members.map(|index| {
            let member = bindings::rd_kafka_ConsumerGroupDescription_member(group, index);
            CStr::from_ptr(bindings::rd_kafka_MemberDescription_client_id(member)).to_string_lossy().into_owned()
        });
        Ok(ids.collect())
    }
}

/// Sends an admin request and reads its answer, within the time.
fn answered<C: ClientContext, T>(
    client: &Client<C>,
    timeout: Duration,
    request: impl FnOnce(*mut bindings::rd_kafka_queue_t),
    read: impl FnOnce(*mut bindings::rd_kafka_event_t) -> Result<T, RDKafkaErrorCode>,
) -> Result<T, RDKafkaErrorCode> {
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: queue and event are made here and destroyed here, after their last use; the client is live while it is borrowed.
    unsafe {
        let queue = bindings::rd_kafka_queue_new(client.native_ptr());
        request(queue);
        let event = bindings::rd_kafka_queue_poll(queue, millis);
        let answer = if event.is_null() {
            Err(RDKafkaErrorCode::OperationTimedOut)
        } else {
            match RDKafkaErrorCode::from(bindings::rd_kafka_event_error(event)) {
                RDKafkaErrorCode::NoError => read(event),
                code => Err(code),
            }
        };
        if !event.is_null() {
            bindings::rd_kafka_event_destroy(event);
        }
        bindings::rd_kafka_queue_destroy(queue);
        answer
    }
}

/// Removes committed offsets of a group (KIP-496), waiting for the answer.
pub fn delete_group_offsets<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    partitions: &TopicPartitionList,
    timeout: Duration,
) -> Result<(), RDKafkaErrorCode> {
    let name = CString::new(group).map_err(|_| RDKafkaErrorCode::InvalidArgument)?;
    // SAFETY: the request is made here and destroyed here, after its last use; name and list outlive the call, which copies them; the
    // event is live while it is read.
    unsafe {
        let mut wanted = bindings::rd_kafka_DeleteConsumerGroupOffsets_new(name.as_ptr(), partitions.ptr());
        let request = |queue: *mut bindings::rd_kafka_queue_t| {
            bindings::rd_kafka_DeleteConsumerGroupOffsets(client.native_ptr(), &mut wanted, 1, std::ptr::null(), queue);
        };
        let answer = answered(client, timeout, request, |event| match group_error(event) {
            RDKafkaErrorCode::NoError => Ok(()),
            code => Err(code),
        });
        bindings::rd_kafka_DeleteConsumerGroupOffsets_destroy(wanted);
        answer
    }
}

/// The error of the one group in an answer.
///
/// # Safety
/// `event` is a live event.
unsafe fn group_error(event: *mut bindings::rd_kafka_event_t) -> RDKafkaErrorCode {
    // SAFETY: the caller's event is live, and what is read of it is borrowed from it; `count` bounds `groups`.
    unsafe {
        let answer = bindings::rd_kafka_event_DeleteConsumerGroupOffsets_result(event);
        if answer.is_null() {
            return RDKafkaErrorCode::BadMessage;
        }
        let mut count = 0;
        let groups = bindings::rd_kafka_DeleteConsumerGroupOffsets_result_groups(answer, &mut count);
        if count == 0 {
            return RDKafkaErrorCode::NoError;
        }
        RDKafkaErrorCode::from(bindings::rd_kafka_error_code(bindings::rd_kafka_group_result_error(*groups)))
    }
}

/// One header. rdkafka's own accessor panics on a name that is not UTF-8, and anyone who may write to a topic can send one;
/// here such a name is cut at the first wrong byte.
pub fn header(headers: &BorrowedHeaders, index: usize) -> Option<Header<'_>> {
    let mut name = std::ptr::null();
    let mut value = std::ptr::null();
    let mut size = 0;
    // SAFETY: a &BorrowedHeaders is rdkafka's view of a live rd_kafka_headers_t (it is a unit struct at that address). On success
    // name and value point into that list and live as long as it does.
    unsafe {
        let list = std::ptr::from_ref(headers).cast::<bindings::rd_kafka_headers_t>();
        let code = bindings::rd_kafka_header_get_all(list, index, &mut name, &mut value, &mut size);
        if RDKafkaErrorCode::from(code) != RDKafkaErrorCode::NoError {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        Some(Header { key: valid_prefix(CStr::from_ptr(name).to_bytes()), value })
    }
}

fn valid_prefix(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::{Header, Headers, OwnedHeaders};

    #[test]
    fn headers_are_read_and_a_wrong_name_is_cut() {
        let owned = OwnedHeaders::new()
            .insert(Header { key: "a", value: Some(b"1".as_slice()) })
            .insert(Header::<&[u8]> { key: "b", value: None });
        let headers = owned.as_borrowed();
        assert_eq!(headers.count(), 2);
        let first = super::header(headers, 0).unwrap();
        assert_eq!((first.key, first.value), ("a", Some(b"1".as_slice())));
        assert_eq!(super::header(headers, 1).unwrap().value, None);
        assert!(super::header(headers, 2).is_none());
        assert_eq!(super::valid_prefix(b"ab\xff"), "ab");
    }
}
