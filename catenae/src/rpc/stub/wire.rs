//! How values cross between micromodules: as the list of the arguments, or of the one answer, in CBOR.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, DecodeError, EncodeError};
use crate::rpc::stub::arguments::Arguments;
use crate::rpc::stub::method::Method;
use crate::type_value::Type;

/// What may cross between micromodules: an argument or a result of a method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between micromodules",
    label = "cannot be written to a stream and read from it by another program",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it; it holds no references and can be \
            sent between threads",
    note = "an answer that is a `Result` crosses whole, so its error does too: a `String`, or a type of \
            your own"
)]
pub trait RpcValue: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> RpcValue for T {}

/// How the arguments of a method and its answer cross.
pub struct MethodCodec<M: Method> {
    pub(crate) arguments: Crossing<<M::Arguments as Arguments>::Tuple>,
    pub(crate) returned: Crossing<(M::Returned,)>,
}

impl<M: Method> MethodCodec<M> {
    /// Both ways.
    #[must_use]
    pub fn new(
        arguments: Crossing<<M::Arguments as Arguments>::Tuple>,
        returned: Crossing<(M::Returned,)>,
    ) -> Self {
        Self {
            arguments,
            returned,
        }
    }
}

/// Writes a list.
pub(crate) type Write<T> = fn(&T) -> Result<Vec<u8>, EncodeError>;

/// Reads a list.
pub(crate) type Read<T> = fn(&[u8]) -> Result<T, DecodeError>;

/// How a list is written and read.
pub struct Crossing<T> {
    pub(crate) write: Write<T>,
    pub(crate) read: Read<T>,
}

/// Answers for what can cross.
pub trait CrossesWhole<T> {
    /// How it is written and read.
    fn crossing(&self) -> Crossing<T>;
}

impl<T: RpcValue> CrossesWhole<T> for &Type<T> {
    fn crossing(&self) -> Crossing<T> {
        Crossing {
            write: |list| Ok(Codec::Cbor.encode(list)?.unwrap_or_default()),
            read: |bytes| Codec::Cbor.decode(Some(bytes)),
        }
    }
}

/// Answers for the rest, which an assertion refuses.
pub trait CrossesNot<T> {
    /// A crossing that nothing takes: the assertion does not compile.
    fn crossing(&self) -> Crossing<T>;
}

impl<T> CrossesNot<T> for Type<T> {
    fn crossing(&self) -> Crossing<T> {
        Crossing {
            write: |_| unreachable!("what cannot cross is refused"),
            read: |_| unreachable!("what cannot cross is refused"),
        }
    }
}

/// Asserts that a type can cross.
pub fn assert_crosses<T: RpcValue>() {}

/// How a method's arguments and its answer cross.
#[doc(hidden)]
#[macro_export]
macro_rules! __wire {
    ($method:ty) => {{
        use $crate::__private::method::{CrossesNot as _, CrossesWhole as _};
        use $crate::__private::probe::Type;
        use $crate::__private::{Arguments, Method, MethodCodec};
        let given = Type::<<<$method as Method>::Arguments as Arguments>::Tuple>::new();
        let said = Type::<(<$method as Method>::Returned,)>::new();
        MethodCodec::new((&&given).crossing(), (&&said).crossing())
    }};
}
