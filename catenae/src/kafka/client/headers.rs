//! The headers of an electron, to and from Kafka.

use std::ffi::{CStr, CString};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use bytes::Bytes;
use rdkafka::bindings::{
    rd_kafka_header_get_all, rd_kafka_header_get_last, rd_kafka_header_remove, rd_kafka_headers_t,
};
use rdkafka::message::{BorrowedHeaders, Header, Headers as _, OwnedHeaders};
use rdkafka::types::RDKafkaRespErr;

use crate::electron::Headers;

/// The headers as the producer takes them.
pub(crate) fn to_kafka(headers: &Headers) -> OwnedHeaders {
    let owned = OwnedHeaders::new_with_capacity(headers.len());
    headers.iter().fold(owned, |owned, (key, value)| {
        owned.insert(Header { key, value })
    })
}

/// How many bytes names and values have together.
pub(crate) fn size<'h>(headers: impl Iterator<Item = (&'h str, Option<&'h [u8]>)>) -> usize {
    headers
        .map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len))
        .sum()
}

/// The client's headers as ours.
pub(crate) fn read(headers: Option<&BorrowedHeaders>) -> Result<Headers, String> {
    let Some(headers) = headers else {
        return Ok(Headers::default());
    };
    // The client panics on a header name that is not UTF-8.
    catch_unwind(AssertUnwindSafe(|| {
        let mut read = Headers::default();
        for header in headers.iter() {
            read.push(header.key, header.value.map(Bytes::copy_from_slice));
        }
        read
    }))
    .map_err(|_| "the name of a header is not UTF-8".to_owned())
}

/// How many bytes names and values have together, also when a name is not UTF-8.
pub(crate) fn native_size(headers: &BorrowedHeaders) -> usize {
    let native = ptr::from_ref(headers).cast::<rd_kafka_headers_t>();
    let mut size = 0;
    for index in 0..headers.count() {
        let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
        // SAFETY: a reference to the client's headers is the address of librdkafka's; they live as
        // long as it does, and the three places are written or left alone.
        let found =
            unsafe { rd_kafka_header_get_all(native, index, &mut name, &mut value, &mut length) };
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
            break;
        }
        // SAFETY: librdkafka ends every name with a zero.
        size += unsafe { CStr::from_ptr(name) }.count_bytes() + length;
    }
    size
}

/// The value of the last header of that name, `None` as well for a null; other names need not be
/// UTF-8.
pub(crate) fn last<'h>(headers: &'h BorrowedHeaders, name: &str) -> Option<&'h [u8]> {
    let native = ptr::from_ref(headers).cast::<rd_kafka_headers_t>();
    let name = CString::new(name).ok()?;
    let (mut value, mut length) = (ptr::null(), 0);
    // SAFETY: a reference to the client's headers is the address of librdkafka's; the two places
    // are written when the name is found.
    let found = unsafe { rd_kafka_header_get_last(native, name.as_ptr(), &mut value, &mut length) };
    if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || value.is_null() {
        return None;
    }
    // SAFETY: librdkafka gave the address and the length of memory that lives as long as the
    // headers, which are borrowed for `'h`.
    Some(unsafe { slice::from_raw_parts(value.cast::<u8>(), length) })
}

/// Takes every header with one of these names away; the others keep their order and their bytes,
/// also where a name is not UTF-8.
pub(crate) fn without(headers: OwnedHeaders, names: &[&str]) -> OwnedHeaders {
    let native = ptr::from_ref(headers.as_borrowed())
        .cast::<rd_kafka_headers_t>()
        .cast_mut();
    for name in names.iter().filter_map(|name| CString::new(*name).ok()) {
        // SAFETY: the headers are librdkafka's own memory and belong to this function alone; a name
        // that is not there is an error code that says so.
        let _ = unsafe { rd_kafka_header_remove(native, name.as_ptr()) };
    }
    headers
}
