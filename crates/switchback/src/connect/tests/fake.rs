//! Servers that behave as no real one can be made to behave.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Listens on a free port of 127.0.0.1, hands every connection with its number to `serve`, and counts them. It ends
/// with the process of the test.
pub(super) fn listen(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(counter.fetch_add(1, Ordering::SeqCst), stream);
        }
    });
    (port, count)
}

/// Reads the start of a session, without TLS.
pub(super) fn read_startup(stream: &mut TcpStream) {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut body).unwrap();
        let is_tls_request = body == 80_877_103_u32.to_be_bytes();
        if !is_tls_request {
            return;
        }
        stream.write_all(b"N").unwrap();
    }
}

/// The server's error response.
pub(super) fn refuse(stream: &mut TcpStream, code: &str, message: &str) {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    send(stream, b'E', fields.as_bytes());
}

/// The server is open for queries, without asking for a password.
pub(super) fn accept(stream: &mut TcpStream) {
    send(stream, b'R', &0_u32.to_be_bytes());
    send(stream, b'Z', b"I");
}

fn send(stream: &mut TcpStream, kind: u8, body: &[u8]) {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    stream.write_all(&[&[kind], &length[..], body].concat()).unwrap();
}
