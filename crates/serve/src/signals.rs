//! The signals that end the service.

use tokio::sync::watch;

/// Becomes `true` at the first SIGTERM or SIGINT. The second one ends the process at once.
#[cfg(unix)]
pub(crate) fn end() -> std::io::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, receiver) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut is_first = true;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if !is_first {
                std::process::exit(1);
            }
            is_first = false;
            sender.send_replace(true);
        }
    });
    Ok(receiver)
}

/// Becomes `true` at the first Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn end() -> std::io::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            sender.send_replace(true);
        }
        sender.closed().await;
    });
    Ok(receiver)
}
