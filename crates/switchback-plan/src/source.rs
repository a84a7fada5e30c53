//! Reading a directory of migrations.
