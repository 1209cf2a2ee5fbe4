// All data is unpacked: draw the view that waited for it.
show();
document.documentElement.dataset.ready = "";
