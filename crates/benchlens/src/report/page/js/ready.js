// Everything is unpacked: what waited for it is drawn.
show();
document.documentElement.dataset.ready = "";
