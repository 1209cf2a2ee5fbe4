//! A bench with a `main` of its own and two managers, one of which reads no arguments.

#![expect(clippy::print_stdout, reason = "to see how often it is shown")]

use short::short;

mod short;

fn main() {
    let mut first = short().configure_from_args();
    first.bench_function("of the first", |b| b.iter(|| Box::new(1)));
    first.final_summary();
    drop(first);
    short().bench_function("of the second", |b| b.iter(|| String::from("two")));
    println!("last words");
    match std::env::var("END").as_deref() {
        Ok("exit") => std::process::exit(3),
        Ok("panic") => {
            short().bench_function("panics", |_| panic!("as it was told"));
        }
        _ => {}
    }
}
