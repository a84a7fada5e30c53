//! Opening PostgreSQL sessions.

use super::postgres_target;
use crate::connect::{SessionOptions, connect_postgres};
use crate::scratch::testing;

#[test]
fn a_session_is_open_and_bears_its_name() {
    let target = postgres_target(&testing::server_url());
    let mut client = connect_postgres(&target, &SessionOptions::default()).unwrap();
    let name: String = client.query_one("SELECT current_setting('application_name')", &[]).unwrap().get(0);
    assert!(name.starts_with(&format!("switchback {}@", std::process::id())), "{name}");
}
